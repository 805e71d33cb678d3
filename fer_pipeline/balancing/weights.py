"""Weights of faces in the training loss, against class imbalance."""

from dataclasses import replace

import numpy as np

from fer_pipeline.data.faces import Faces, emotion_counts
from fer_pipeline.labels import EMOTIONS


def class_weights(training: Faces) -> Faces:
    """Weigh each face by n / (7 · n of its emotion), so that every emotion counts the same in the loss.

    Faces that have weights count by these, and balanced batches stay as they are: neither is balanced twice.
    """
    if training.balanced_batches:
        return training
    mass = np.bincount(training.emotion, training.weight, minlength=len(EMOTIONS))
    factor = mass.sum() / (len(EMOTIONS) * np.where(mass, mass, 1))
    return _weighted(training, training.weight * factor[training.emotion])


def effective_number(training: Faces, beta: float) -> Faces:
    """Weigh each face by (1 - beta) / (1 - beta^n), n the faces of its emotion, times what makes the mean weight 1.

    With beta 0 all weigh the same; towards 1 the weights become those of `class_weights`, but for a common factor where
    an emotion is absent.

    Args:
        training: Faces; weights they already have are replaced.
        beta: In [0, 1).

    Source: Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples", arXiv 1901.05555, equation 2.
    """
    number = np.maximum(emotion_counts(training), 1)
    weight = ((1 - beta) / (1 - beta**number))[training.emotion]
    return _weighted(training, weight / weight.mean())


def _weighted(training: Faces, weight: np.ndarray) -> Faces:
    return replace(training, weight=weight.astype(np.float32))
