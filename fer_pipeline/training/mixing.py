"""Mixup and cutmix: a face takes part of its neighbour in the batch, and the same part of its target."""

from typing import Any

import keras
from keras import ops

from fer_pipeline.training.augmentation import rectangle


class Mixing(keras.Layer):  # type: ignore[misc]  # keras has no types
    """Mixes faces `(batch, height, width, 1)` and targets `(batch, 7)` alike. With both alphas, a coin a batch decides.

    Source: Zhang et al. 2017, arXiv 1710.09412 (mixup); Yun et al. 2019, arXiv 1905.04899 (cutmix).
    """

    def __init__(self, mixup: float, cutmix: float, seed: int) -> None:
        super().__init__(name="mixing", dtype="float32")
        self._mixup, self._cutmix = mixup, cutmix
        self._random = keras.random.SeedGenerator(seed)

    def call(self, faces: Any, targets: Any) -> Any:
        own = self._own_part(faces)
        kept = ops.mean(own, axis=(1, 2))
        return (own * faces + (1 - own) * ops.roll(faces, 1, axis=0),
                kept * targets + (1 - kept) * ops.roll(targets, 1, axis=0))

    def _own_part(self, faces: Any) -> Any:
        """What each face keeps of its own, 0 to 1, `(batch, height, width, 1)`."""
        if not self._cutmix:
            return self._blend(faces)
        if not self._mixup:
            return self._cut(faces)
        coin = keras.random.uniform((), seed=self._random)
        return ops.where(coin < 0.5, self._blend(faces), self._cut(faces))

    def _blend(self, faces: Any) -> Any:
        return ops.broadcast_to(self._beta(faces, self._mixup), ops.shape(faces))

    def _cut(self, faces: Any) -> Any:
        number, height, width, _ = ops.shape(faces)
        side = ops.sqrt(1 - self._beta(faces, self._cutmix))
        middle = keras.random.uniform((2, number, 1, 1, 1), seed=self._random)
        tall, wide = height * side, width * side
        return 1 - ops.cast(rectangle(height, width, middle[0] * height - tall / 2, middle[1] * width - wide / 2, tall,
                                      wide), "float32")

    def _beta(self, faces: Any, alpha: float) -> Any:
        return keras.random.beta((ops.shape(faces)[0], 1, 1, 1), alpha, alpha, seed=self._random)
