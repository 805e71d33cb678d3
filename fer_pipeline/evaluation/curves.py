"""One-vs-rest ROC and precision-recall curves of each emotion, and the areas below them.

The network's probability of an emotion is the score that separates faces of that emotion from all others.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from fer_pipeline.evaluation.probabilities import require_probabilities
from fer_pipeline.evaluation.rounding import DIGITS
from fer_pipeline.labels import EMOTIONS

TOLERANCE = 0.005       # of the unit square: half a pixel in a picture 100 pixels wide


def roc_areas(emotion_true: np.ndarray, probabilities: np.ndarray) -> list[float | None]:
    """Area under the ROC curve of each emotion against the rest; higher is better, 0.5 is chance.

    It is the probability that a random face of the emotion gets a higher probability of it than a random other face.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        Seven fractions in [0, 1]; None where no face or every face is of the emotion.

    Raises:
        InputError: The arrays are not as described.

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve", Radiology 143.
    """
    return _each_emotion(roc_auc_score, emotion_true, probabilities, rest_needed=True)


def average_precisions(emotion_true: np.ndarray, probabilities: np.ndarray) -> list[float | None]:
    """Average precision of each emotion against the rest: precision summed over steps of recall; higher is better.

    Chance is the emotion's share of the faces. Unlike an area by trapezoids it does not flatter: no point between two
    thresholds is claimed.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        Seven fractions in [0, 1]; None where no face is of the emotion.

    Raises:
        InputError: The arrays are not as described.

    Source: Davis and Goadrich 2006, "The relationship between precision-recall and ROC curves", ICML.
    """
    return _each_emotion(average_precision_score, emotion_true, probabilities, rest_needed=False)


def roc_points(emotion_true: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Points of each emotion's ROC curve, thinned as `thinned` says.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        A frame with emotion (its name), false_positive_rate (x) and true_positive_rate (y), from (0, 0) to (1, 1). An
        emotion whose area is None has no rows.

    Raises:
        InputError: The arrays are not as described.
    """
    areas = roc_areas(emotion_true, probabilities)
    curves = {emotion: roc_curve(emotion_true == emotion, probabilities[:, emotion])[:2]
              for emotion, area in enumerate(areas) if area is not None}
    return _rows(curves, "false_positive_rate", "true_positive_rate")


def precision_recall_points(emotion_true: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Points of each emotion's precision-recall curve, thinned as `thinned` says.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        A frame with emotion (its name), recall (x) and precision (y), from recall 0 (where precision is 1 by
        definition) to 1. An emotion that no face is of has no rows.

    Raises:
        InputError: The arrays are not as described.
    """
    require_probabilities(emotion_true, probabilities)
    curves = {}
    for emotion in np.unique(emotion_true):
        precision, recall, _ = precision_recall_curve(emotion_true == emotion, probabilities[:, emotion])
        curves[int(emotion)] = (recall[::-1], precision[::-1])
    return _rows(curves, "recall", "precision")


def thinned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Choose points of a curve so that no point of the whole curve is further than `TOLERANCE` from the drawn one.

    Args:
        x: `(points,)`, two at least.
        y: `(points,)`.

    Returns:
        Positions in ascending order, the first and the last point among them.

    Source: Douglas and Peucker 1973, "Algorithms for the reduction of the number of points required to represent a
    digitized line or its caricature", Cartographica 10.
    """
    points = np.column_stack([x, y])
    kept, spans = [0, len(points) - 1], [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        distances = _distances(points[first:last + 1])
        furthest = first + int(distances.argmax())
        if distances.max() > TOLERANCE:
            kept.append(furthest)
            spans += [(first, furthest), (furthest, last)]
    return np.unique(kept)


def _distances(points: np.ndarray) -> np.ndarray:
    """Of each point from the segment between the first and the last."""
    along, offsets = points[-1] - points[0], points - points[0]
    squared = float(along @ along)
    places = np.clip(offsets @ along / squared, 0, 1) if squared else np.zeros(len(points))
    return np.asarray(np.hypot(*(offsets - places[:, np.newaxis] * along).T))


def _each_emotion(
    area: Callable[[np.ndarray, np.ndarray], float], emotion_true: np.ndarray, probabilities: np.ndarray, *,
    rest_needed: bool,
) -> list[float | None]:
    require_probabilities(emotion_true, probabilities)
    own = [emotion_true == emotion for emotion in range(len(EMOTIONS))]
    return [float(area(faces, probabilities[:, emotion])) if faces.any() and not (rest_needed and faces.all()) else None
            for emotion, faces in enumerate(own)]


def _rows(curves: dict[int, tuple[np.ndarray, np.ndarray]], x_name: str, y_name: str) -> pd.DataFrame:
    parts = [pd.DataFrame({"emotion": EMOTIONS[emotion], x_name: x[kept], y_name: y[kept]})
             for emotion, (x, y) in curves.items() for kept in [thinned(x, y)]]
    return pd.concat(parts, ignore_index=True).round(DIGITS) if parts else pd.DataFrame(
        columns=pd.Index(["emotion", x_name, y_name]))
