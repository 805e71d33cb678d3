"""Figures of merit over all seven emotions. Those named `accuracy` and `macro_f1` are to be maximised."""

from typing import TypedDict

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from fer_pipeline.labels import EMOTIONS

CONFIDENCE = 0.95


class Figures(TypedDict):
    """What every published accuracy comes with."""

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    faces: int


def figures(emotion_true: np.ndarray, emotion_pred: np.ndarray) -> Figures:
    """Accuracy with its interval and count, and macro F1, rounded to six digits.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        emotion_pred: Emotion indices predicted, `(faces,)`.

    Raises:
        ValueError: The arrays differ in length or are empty.
    """
    if len(emotion_true) != len(emotion_pred) or not len(emotion_true):
        raise ValueError(f"Received {len(emotion_true)} true and {len(emotion_pred)} predicted emotions; "
                         "expected as many of each, at least one.")
    correct = int((emotion_true == emotion_pred).sum())
    low, high = wilson_interval(correct, len(emotion_true))
    return {
        "accuracy": round(correct / len(emotion_true), 6), "accuracy_low": round(low, 6),
        "accuracy_high": round(high, 6), "macro_f1": round(macro_f1(emotion_true, emotion_pred), 6),
        "faces": len(emotion_true),
    }


def wilson_interval(correct: int, faces: int) -> tuple[float, float]:
    """95 % interval of an accuracy, as fractions in [0, 1].

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    interval = binomtest(correct, faces).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def macro_f1(emotion_true: np.ndarray, emotion_pred: np.ndarray) -> float:
    """Unweighted mean of the seven per-emotion F1 scores; higher is better.

    Disgust (1.5 % of Training) counts as much as happy, which accuracy hides.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        emotion_pred: Emotion indices predicted, `(faces,)`.

    Returns:
        Fraction in [0, 1]. An emotion in neither array scores 0.

    Source: Opitz and Burst 2019, arXiv 1911.03347: the mean of F1 scores, not the F1 of mean precision and recall.
    """
    return float(f1_score(
        emotion_true, emotion_pred, labels=range(len(EMOTIONS)), average="macro", zero_division=0))
