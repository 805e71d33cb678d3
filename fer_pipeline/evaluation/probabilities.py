"""Probabilities of a network as figures take them: checked, and kept from 0 where a logarithm follows."""

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS

LABELS = range(len(EMOTIONS))
FLOOR = 1e-7            # about the resolution of float32: a face costs 16.1 of log loss at most
SUM_TOLERANCE = 1e-3    # softmax in float16 or bfloat16 stays within it; logits do not


def require_probabilities(emotion_true: np.ndarray, probabilities: np.ndarray) -> None:
    """Check what every figure of a network is made from.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order, each row summing to 1.

    Raises:
        InputError: There is no face, a shape, an emotion or a row of probabilities is another.
    """
    _require_shapes(emotion_true, probabilities)
    if emotion_true.dtype.kind not in "iu" or not np.isin(emotion_true, LABELS).all():
        raise InputError(f"The emotions are {np.unique(emotion_true).tolist()[:9]} ({emotion_true.dtype}); expected "
                         f"whole numbers from 0 to {len(EMOTIONS) - 1}. Make the predictions again.")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    wrong = ~(np.abs(sums - 1) <= SUM_TOLERANCE) | (probabilities < 0).any(axis=1)
    if wrong.any():
        first = int(wrong.argmax())
        raise InputError(f"{wrong.sum():,} of {len(wrong):,} faces have no probabilities; expected none below 0 and a "
                         f"sum of 1. First: face {first}, {probabilities[first].tolist()}. Give the output of a "
                         "softmax, not logits, and make the predictions again.")


def _require_shapes(emotion_true: np.ndarray, probabilities: np.ndarray) -> None:
    expected = (len(emotion_true), len(EMOTIONS))
    if emotion_true.ndim != 1 or not len(emotion_true) or probabilities.shape != expected:
        raise InputError(f"Received emotions {emotion_true.shape} and probabilities {probabilities.shape}; expected "
                         f"(faces,) and (faces, {len(EMOTIONS)}) of as many faces, at least one. Make the predictions "
                         "again.")


def floored(probabilities: np.ndarray) -> np.ndarray:
    """Raise to `FLOOR` what is below it, and divide by the sum again; `(faces, 7)` float64."""
    raised = np.maximum(probabilities, FLOOR, dtype=np.float64)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
