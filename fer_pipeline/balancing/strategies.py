"""Balancing strategies: each takes the Training faces and the settings, and gives the faces to train on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fer_pipeline.balancing.augmentation import Balanced, augmentation
from fer_pipeline.balancing.weights import class_weights, effective_number
from fer_pipeline.data.faces import Faces, emotion_counts
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams


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


def balanced_batches(training: Faces) -> Faces:
    """Leave the faces, and have every batch of a training hold equally many of each emotion."""
    return replace(training, balanced_batches=True)


def balanced(training: Faces, settings: BalanceParams) -> Balanced:
    """Training balanced by the strategy that `settings` names."""
    return STRATEGIES[settings.strategy](training, settings)


STRATEGIES: dict[str, Callable[[Faces, BalanceParams], Balanced]] = {
    "none": lambda training, _: Balanced(training),
    "class_weights": lambda training, _: Balanced(class_weights(training)),
    "effective_number": lambda training, chosen: Balanced(effective_number(training, chosen.beta or 0.0)),
    "oversampling": lambda training, chosen: Balanced(oversampling(training, chosen.seed)),
    "augmentation": lambda training, chosen: augmentation(training, chosen.target, chosen.seed),
    "balanced_batches": lambda training, _: Balanced(balanced_batches(training)),
}


def loss_shares(faces: Faces) -> np.ndarray:
    """What part of an epoch's loss each emotion has before anything is learnt, `(7,)`, of sum 1."""
    if faces.balanced_batches:
        present = emotion_counts(faces) > 0
        return np.asarray(present / present.sum())
    mass = np.bincount(faces.emotion, faces.weight, minlength=len(EMOTIONS))
    return np.asarray(mass / mass.sum())
