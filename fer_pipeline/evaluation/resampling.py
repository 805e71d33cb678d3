"""Scores of many resamples of the same faces at once.

A resample draws as many faces as there are, with replacement; what counts is how often each face was drawn. So a
resample is a row of weights, and scores follow from weighted sums: one matrix product of the weights with each face's
cell of the confusion matrix gives the confusion matrices of all resamples, another their mean losses; areas come from
cumulative weights over the faces in order of probability. Nothing is computed face by face.
"""

import numpy as np

from fer_pipeline.evaluation.probabilities import floored, require_probabilities
from fer_pipeline.labels import EMOTIONS

BLOCK = 100     # resamples at once: 3 MB of weights, which stay in a core's cache


def resampling_weights(faces: int, *, replicates: int, seed: int) -> np.ndarray:
    """How often each resample holds each face.

    Two networks on the same faces are compared pair by pair when both get the same weights.

    Returns:
        `(1 + replicates, faces)` int32, each row summing to `faces`. The first row is the faces themselves, once each.
    """
    drawn = np.random.default_rng(seed).integers(0, faces, (replicates, faces))
    cells = drawn + faces * np.arange(replicates)[:, np.newaxis]
    counted = np.bincount(cells.ravel(), minlength=replicates * faces).reshape(replicates, faces)
    return np.vstack([np.ones(faces, np.int32), counted.astype(np.int32)])


def resampled_scores(emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of each resample.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.
        weights: As `resampling_weights` returns them, of as many faces.

    Returns:
        `(1 + replicates,)` float64 by the names that `fer_pipeline.evaluation.scores` and brier_score of
        `fer_pipeline.evaluation.calibration` have, with their meaning; NaN where a resample has none. The expected
        calibration error is not among them: resampling adds noise, which raises it, so that its interval would lie
        beside it.

    Raises:
        InputError: The arrays are not as described.
    """
    require_probabilities(emotion_true, probabilities)
    emotion_true = emotion_true.astype(np.intp)
    blocks = [_of_block(emotion_true, probabilities, block.astype(np.float64))
              for block in np.array_split(weights, -(-len(weights) // BLOCK))]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def resampled_rates(
    emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Precision, recall and f1 of each emotion in each resample, `(1 + replicates, 7)`; NaN where there is none.

    Arguments and errors as of `resampled_scores`.
    """
    require_probabilities(emotion_true, probabilities)
    confusion = _confusion(emotion_true.astype(np.intp), probabilities, weights.astype(np.float64))
    right, true, pred = confusion.diagonal(axis1=1, axis2=2), confusion.sum(axis=2), confusion.sum(axis=1)
    return {"precision": _ratio(right, pred), "recall": _ratio(right, true), "f1": _ratio(2 * right, true + pred)}


def _of_block(emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    return {
        **_from_confusion(_confusion(emotion_true, probabilities, weights)),
        **_means(emotion_true, probabilities, weights),
        **_mean_areas(emotion_true, probabilities, weights),
    }


def _confusion(emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`(replicates, 7, 7)`: rows are true emotions, columns predicted ones."""
    cells = len(EMOTIONS) * emotion_true + probabilities.argmax(axis=1)
    counts: np.ndarray = weights @ np.eye(len(EMOTIONS) ** 2)[cells]
    return counts.reshape(-1, len(EMOTIONS), len(EMOTIONS))


def _from_confusion(confusion: np.ndarray) -> dict[str, np.ndarray]:
    right, true, pred = confusion.diagonal(axis1=1, axis2=2), confusion.sum(axis=2), confusion.sum(axis=1)
    recall, faces = right / np.maximum(true, 1), true.sum(axis=1)
    by_chance = (true * pred).sum(axis=1) / faces
    return {
        "accuracy": right.sum(axis=1) / faces,
        "balanced_accuracy": recall.sum(axis=1) / (true > 0).sum(axis=1),
        "macro_precision": (right / np.maximum(pred, 1)).mean(axis=1),
        "macro_recall": recall.mean(axis=1),
        "macro_f1": (2 * right / np.maximum(true + pred, 1)).mean(axis=1),
        "cohen_kappa": _ratio(right.sum(axis=1) - by_chance, faces - by_chance),
    }


def _means(emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Of what each face has by itself."""
    kept, faces = floored(probabilities), np.arange(len(emotion_true))
    ranking = np.argsort(-probabilities, axis=1, kind="stable")
    of_a_face = {
        "top_2_accuracy": (ranking[:, :2] == emotion_true[:, np.newaxis]).any(axis=1),
        "log_loss": -np.log(kept[faces, emotion_true]),
        "brier_score": ((kept - np.eye(len(EMOTIONS))[emotion_true]) ** 2).sum(axis=1),
    }
    return {name: weights @ values / weights.sum(axis=1) for name, values in of_a_face.items()}


def _mean_areas(emotion_true: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    by_face = np.ascontiguousarray(weights.T)
    areas = [_areas(emotion_true == emotion, probabilities[:, emotion], by_face) for emotion in range(len(EMOTIONS))]
    defined = np.isfinite(areas)
    roc_area, average_precision = _ratio(np.where(defined, areas, 0).sum(axis=0), defined.sum(axis=0))
    return {"macro_roc_area": roc_area, "macro_average_precision": average_precision}


def _areas(own: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """ROC area and average precision of one emotion, `(2, replicates)`, from weights `(faces, replicates)`.

    Each face of the emotion asks how much of the emotion and of the rest ranks as high or higher; of the rest that ties
    with it half counts as higher for the ROC area, all of it for the precision.
    """
    order = np.argsort(-score, kind="stable")
    falling, ranked, found_here = -score[order], weights[order], own[order]
    ends = [np.searchsorted(falling, falling[found_here], side) for side in ("left", "right")]   # of each face's tie
    every_above, every = (_sums_before(ranked)[end] for end in ends)
    step, found_sums = ranked[found_here], _sums_before(ranked[found_here])
    found_above, found = (found_sums[_sums_before(found_here)[end]] for end in ends)
    rest_higher = (every_above - found_above + every - found) / 2
    of_emotion = step.sum(axis=0)
    rest = ranked.sum(axis=0) - of_emotion
    return np.stack([_ratio((step * (rest - rest_higher)).sum(axis=0), of_emotion * rest),
                     _ratio((step * found / np.maximum(every, 1)).sum(axis=0), of_emotion)])


def _sums_before(values: np.ndarray) -> np.ndarray:
    """Entry n is the sum of the first n values along the first axis, from 0 to all."""
    return np.insert(np.cumsum(values, axis=0), 0, 0, axis=0)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """NaN where there is nothing to divide by."""
    undefined = np.full(np.shape(numerator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=undefined, where=denominator > 0))
