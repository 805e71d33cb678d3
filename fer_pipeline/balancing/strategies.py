"""Balancing strategies: each takes the Training faces and returns them balanced."""

from collections.abc import Callable

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS


def none(training: Faces, seed: int) -> Faces:  # noqa: ARG001  every strategy has the same signature
    """Leave Training as it is."""
    return training


def class_weights(training: Faces, seed: int) -> Faces:  # noqa: ARG001
    """Weigh each face by n / (7 · n of its emotion), so that every emotion counts the same in the loss.

    Faces that have weights count by these: what is balanced already stays as it is.
    """
    mass = np.bincount(training.emotion, training.weight, minlength=len(EMOTIONS))
    factor = mass.sum() / (len(EMOTIONS) * np.where(mass, mass, 1))
    weight = training.weight * factor[training.emotion]
    return Faces(training.pixels, training.emotion, training.row, weight.astype(np.float32))


def oversampling(training: Faces, seed: int) -> Faces:
    """Repeat faces, drawn at random, until every emotion has as many as the most frequent one."""
    random = np.random.default_rng(seed)
    largest = int(emotion_counts(training).max())
    chosen = [np.arange(len(training))]
    for emotion in range(len(EMOTIONS)):
        own = np.flatnonzero(training.emotion == emotion)
        if len(own):
            chosen.append(random.choice(own, largest - len(own)))
    return training.take(np.sort(np.concatenate(chosen), kind="stable"))


STRATEGIES: dict[str, Callable[[Faces, int], Faces]] = {
    "none": none, "class_weights": class_weights, "oversampling": oversampling,
}


def emotion_counts(faces: Faces) -> np.ndarray:
    """Faces of each emotion, `(7,)`."""
    return np.bincount(faces.emotion, minlength=len(EMOTIONS))
