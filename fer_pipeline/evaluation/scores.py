"""Every single-number score of a network on one set of faces, from its probabilities."""

from collections.abc import Iterable
from typing import TypedDict

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    log_loss,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

from fer_pipeline.evaluation.curves import average_precisions, roc_areas
from fer_pipeline.evaluation.probabilities import LABELS, floored, require_probabilities
from fer_pipeline.evaluation.rounding import rounded, rounded_or_none
from fer_pipeline.labels import EMOTIONS


class EmotionScores(TypedDict):
    """Scores of one emotion against the rest, fractions in [0, 1] except support; None where nothing can be divided.

    Attributes:
        emotion: Its name.
        precision: Share of the faces predicted as the emotion that are of it; None where none is predicted.
        recall: Share of the faces of the emotion that are predicted as it; None where no face is of it.
        f1: Harmonic mean of both; 0 where a mean over nothing stands.
        support: Faces of the emotion.
        roc_area: As `fer_pipeline.evaluation.curves.roc_areas` has it.
        average_precision: As `fer_pipeline.evaluation.curves.average_precisions` has it.
    """

    emotion: str
    precision: float | None
    recall: float | None
    f1: float
    support: int
    roc_area: float | None
    average_precision: float | None


class MacroScores(TypedDict):
    """Unweighted means over emotions, fractions in [0, 1] to be maximised: disgust counts as much as happy.

    Attributes:
        balanced_accuracy: Of the recalls of those emotions that have faces.
        macro_precision: Of all seven precisions; an emotion that is never predicted counts 0.
        macro_recall: Of all seven recalls; an emotion without faces counts 0, unlike in balanced_accuracy.
        macro_f1: Of all seven F1 scores, as `fer_pipeline.evaluation.metrics.macro_f1`.
    """

    balanced_accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float


class Scores(MacroScores):
    """Scores of one network, rounded to six digits. All but log_loss are to be maximised.

    Attributes:
        faces: How many.
        accuracy: Share of the faces whose most probable emotion is the true one.
        top_2_accuracy: Share of the faces whose true emotion is among the two most probable ones.
        log_loss: Mean of minus the natural logarithm of the true emotion's probability, at least `FLOOR`; 0 is best,
            1.946 is a seventh for each emotion, 16.1 is the worst possible.
        cohen_kappa: Agreement beyond chance, at most 1, 0 is chance; None where chance alone agrees on every face.
        macro_roc_area: Unweighted mean of the areas that are defined; None where none is.
        macro_average_precision: Unweighted mean over the emotions that have faces.
        absent_emotions: Names of the emotions that no face is of: they are in no mean of areas.
        emotions: One entry an emotion, in `EMOTIONS` order.
    """

    faces: int
    accuracy: float
    top_2_accuracy: float
    log_loss: float
    cohen_kappa: float | None
    macro_roc_area: float | None
    macro_average_precision: float | None
    absent_emotions: list[str]
    emotions: list[EmotionScores]


def scores(emotion_true: np.ndarray, probabilities: np.ndarray) -> Scores:
    """All scores of a network on some faces.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        What `Scores` describes, ready for JSON. Of equal probabilities the emotion that stands first is predicted.

    Raises:
        InputError: The arrays are not as described.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales"; Brodersen et al. 2010, "The balanced accuracy
    and its posterior distribution"; Opitz and Burst 2019, arXiv 1911.03347, for macro F1.
    """
    require_probabilities(emotion_true, probabilities)
    emotion_pred = probabilities.argmax(axis=1)
    emotions = emotion_scores(emotion_true, probabilities)
    return {
        "faces": len(emotion_true),
        "accuracy": rounded(accuracy_score(emotion_true, emotion_pred)),
        **_macro_scores(emotion_true, emotion_pred),
        "top_2_accuracy": rounded(_top_2_accuracy(emotion_true, probabilities)),
        "log_loss": mean_log_loss(emotion_true, probabilities),
        "cohen_kappa": rounded_or_none(_cohen_kappa(emotion_true, emotion_pred)),
        "macro_roc_area": _mean_of_defined(roc_areas(emotion_true, probabilities)),
        "macro_average_precision": _mean_of_defined(average_precisions(emotion_true, probabilities)),
        "absent_emotions": [one["emotion"] for one in emotions if not one["support"]],
        "emotions": emotions,
    }


def mean_log_loss(emotion_true: np.ndarray, probabilities: np.ndarray) -> float:
    """The log_loss of `Scores`; arguments and errors as of `scores`."""
    return rounded(log_loss(emotion_true, floored(probabilities), labels=LABELS))


def emotion_scores(emotion_true: np.ndarray, probabilities: np.ndarray) -> list[EmotionScores]:
    """What `EmotionScores` describes, one entry an emotion in `EMOTIONS` order; arguments and errors as of `scores`."""
    roc_area = roc_areas(emotion_true, probabilities)
    average_precision = average_precisions(emotion_true, probabilities)
    precision, recall, f1, support = _rates(emotion_true, probabilities.argmax(axis=1), undefined=np.nan)
    return [
        {"emotion": name, "precision": rounded_or_none(precision[index]), "recall": rounded_or_none(recall[index]),
         "f1": rounded(np.nan_to_num(f1[index])), "support": int(support[index]),
         "roc_area": rounded_or_none(roc_area[index]), "average_precision": rounded_or_none(average_precision[index])}
        for index, name in enumerate(EMOTIONS)]


def _macro_scores(emotion_true: np.ndarray, emotion_pred: np.ndarray) -> MacroScores:
    precision, recall, f1, support = _rates(emotion_true, emotion_pred, undefined=0)
    return {"macro_precision": rounded(precision.mean()), "macro_recall": rounded(recall.mean()),
            "macro_f1": rounded(f1.mean()), "balanced_accuracy": rounded(recall[support > 0].mean())}


def _rates(emotion_true: np.ndarray, emotion_pred: np.ndarray, undefined: float) -> tuple[np.ndarray, ...]:
    """Precision, recall, F1 and support, `(7,)` each."""
    return tuple(precision_recall_fscore_support(emotion_true, emotion_pred, labels=LABELS, zero_division=undefined))


def _top_2_accuracy(emotion_true: np.ndarray, probabilities: np.ndarray) -> float:
    """scikit-learn lets the last of equal ones win and argmax the first: so it gets the emotions in reverse."""
    last = len(EMOTIONS) - 1
    return float(top_k_accuracy_score(last - emotion_true, probabilities[:, ::-1], k=2, labels=LABELS))


def _cohen_kappa(emotion_true: np.ndarray, emotion_pred: np.ndarray) -> float | None:
    one_emotion = len(np.union1d(emotion_true, emotion_pred)) == 1
    return None if one_emotion else float(cohen_kappa_score(emotion_true, emotion_pred, labels=LABELS))


def _mean_of_defined(areas: Iterable[float | None]) -> float | None:
    defined = [area for area in areas if area is not None]
    return rounded(sum(defined) / len(defined)) if defined else None
