"""A running average of a network's weights, updated within the training step."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops


class WeightAverage(keras.Layer):  # type: ignore[misc]  # keras has no types
    """Exponential moving average of every weight of `network`, statistics of normalisation included.

    Early on the decay is (1 + step) / (10 + step), so that the random start is soon forgotten.

    Source: Tarvainen and Valpola 2017, arXiv 1703.01780.
    """

    def __init__(self, network: keras.Model, decay: float, passes: int = 1) -> None:
        super().__init__(name="average", dtype="float32")
        self._decay, self._passes = decay, passes
        self._followed: Callable[[], list[Any]] = lambda: network.weights   # called, or Keras would count them as own
        self.taken = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype="int32", name="passes_taken")
        self.values = [self.add_weight(shape=weight.shape, initializer="zeros", trainable=False, dtype="float32",
                                       name=f"of_{index}") for index, weight in enumerate(network.weights)]
        for value, weight in zip(self.values, network.weights, strict=True):
            value.assign(weight)

    def call(self, faces: Any) -> Any:
        """Take in the weights that the last step left; `faces` pass through."""
        step = ops.cast(self.taken // self._passes + 1, "float32")
        decay = ops.minimum(self._decay, (1 + step) / (10 + step))
        decay = ops.where(self.taken % self._passes == 0, decay, 1.0)      # weights change once in so many passes
        self.taken.assign(self.taken + 1)
        for value, weight in zip(self.values, self._followed(), strict=True):
            value.assign(decay * value + (1 - decay) * ops.cast(weight, "float32"))
        return faces

    def arrays(self) -> list[np.ndarray]:
        """The averaged weights, in the order of the network's."""
        return [np.array(value) for value in self.values]
