"""Right and wrong per emotion: confusion matrices and the three rates of each emotion."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import EMOTIONS

LABELS = range(len(EMOTIONS))


@dataclass(frozen=True)
class Cell:
    """Faces of one true emotion that were given one predicted emotion, and their share of the true emotion."""

    faces: int
    share: float


@dataclass(frozen=True)
class Rates:
    """Recall, precision and F1 of one emotion as fractions in [0, 1]; None where nothing was there to divide by."""

    emotion: str
    faces: int
    predicted: int
    recall: float | None
    precision: float | None
    f1: float


def confusion(predictions: Predictions) -> list[list[Cell]]:
    """Seven rows of seven cells: rows are true emotions, columns predicted ones, in `EMOTIONS` order."""
    counts = confusion_matrix(predictions.emotion_true, predictions.emotion_pred, labels=LABELS)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return [[Cell(int(faces), float(share)) for faces, share in zip(*row, strict=True)]
            for row in zip(counts, shares, strict=True)]


def macro_recall(rates: Iterable[Rates]) -> float:
    """Unweighted mean of the recalls, over the emotions that have faces: what accuracy would be if all had as many."""
    return float(np.mean([one.recall for one in rates if one.recall is not None]))


def rates(predictions: Predictions) -> list[Rates]:
    """One entry an emotion, in `EMOTIONS` order."""
    precision, recall, f1, faces = precision_recall_fscore_support(
        predictions.emotion_true, predictions.emotion_pred, labels=LABELS, zero_division=0)
    predicted = np.bincount(predictions.emotion_pred, minlength=len(EMOTIONS))
    return [
        Rates(name, int(faces[index]), int(predicted[index]),
              float(recall[index]) if faces[index] else None,
              float(precision[index]) if predicted[index] else None, float(f1[index]))
        for index, name in enumerate(EMOTIONS)]
