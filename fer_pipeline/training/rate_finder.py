"""The learning-rate range test: train for a moment at ever higher rates, and see where the loss falls and bursts.

Source: Smith 2017, "Cyclical learning rates for training neural networks", arXiv 1506.01186.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Constant, Recipe
from fer_pipeline.training.trainer import Trainer

LOWEST, HIGHEST = 1e-6, 10.0
BURST = 4.0         # times the lowest smoothed loss
SMOOTHING = 0.95    # weight of what came before
SAFETY = 10.0       # the rate proposed is so many times below the one at the lowest loss


@dataclass(frozen=True)
class RateTest:
    """What a range test saw.

    Attributes:
        rates: Learning rate of each step, `(steps,)`.
        losses: Smoothed training loss of each step, `(steps,)`.
        proposed: A tenth of the rate at which the loss was lowest.
    """

    rates: np.ndarray
    losses: np.ndarray
    proposed: float


def find_rate(network: keras.Model, training: Faces, recipe: Recipe, seed: int, steps: int = 200) -> RateTest:
    """Run a range test with the optimiser, batch and augmentation of `recipe`; `network` is of no use afterwards.

    Raises:
        InputError: The loss was no number from the first step on.
    """
    constant = recipe.model_copy(update={"schedule": Constant(), "steps_per_epoch": None})
    trainer = Trainer(network, training, constant, seed, steps_per_execution=1)
    climb = _Climb(steps)
    positions = np.resize(trainer.order(seed, 0), steps * trainer.batch_size)
    trainer.show(positions, callbacks=[climb])
    if not climb.losses:
        raise InputError(f"The loss of {recipe.architecture} is no number at learning rate {LOWEST:g} already. Look at "
                         "its hyperparameters and at the faces.")
    rates, losses = np.array(climb.rates), np.array(climb.losses)
    return RateTest(rates, losses, float(rates[losses.argmin()]) / SAFETY)


class _Climb(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Raises the rate from step to step, evenly in its logarithm, until the loss bursts."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps
        self._mean = self._sum = 0.0
        self.rates: list[float] = []
        self.losses: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self._rate = LOWEST * (HIGHEST / LOWEST) ** (batch / max(self._steps - 1, 1))
        self.model.optimizer.learning_rate = self._rate

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        total = (logs or {})["loss"] * (batch + 1)      # Keras reports the mean over the steps so far
        loss, self._sum = total - self._sum, total
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        smoothed = self._mean / (1 - SMOOTHING ** (batch + 1))
        if not math.isfinite(smoothed) or smoothed > BURST * min(self.losses, default=math.inf):
            self.model.stop_training = True
            return
        self.rates.append(self._rate)
        self.losses.append(smoothed)
