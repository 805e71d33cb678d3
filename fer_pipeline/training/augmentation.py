"""Random changes of faces inside the compiled training step: one warp a face, whatever is chosen."""

import math
from typing import Any

import keras
from keras import ops

from fer_pipeline.recipes import Augmentation

ERASED_AREA = (0.02, 0.2)       # of the face, as Zhong et al. 2017, arXiv 1708.04896, but never a third of it
ERASED_ASPECT = (0.3, 1 / 0.3)


class RandomChanges(keras.Layer):  # type: ignore[misc]  # keras has no types
    """Changes faces `(batch, height, width, 1)`, grey levels 0 to 255, to faces of the same shape and range.

    Rotation, shear, zoom, shift and, with any of these, the flip are one affine map, so that a face is interpolated
    once (bilinear, nearest at the border).
    """

    def __init__(self, augmentation: Augmentation, seed: int) -> None:
        super().__init__(name="augmentation", dtype="float32")
        self._chosen = augmentation
        self._random = keras.random.SeedGenerator(seed)

    def call(self, faces: Any) -> Any:
        chosen = self._chosen
        warped = any((chosen.rotation_degrees, chosen.shear_degrees, chosen.zoom, chosen.shift))
        if warped:
            faces = ops.image.affine_transform(faces, self._maps(faces), interpolation="bilinear", fill_mode="nearest",
                                               data_format="channels_last")
        elif chosen.horizontal_flip:
            faces = ops.where(self._uniform(faces, 0, 1) < 0.5, ops.flip(faces, axis=2), faces)
        if chosen.brightness or chosen.contrast:
            faces = self._relit(faces)
        return self._erased(faces) if chosen.erasing else faces

    def _uniform(self, faces: Any, low: float, high: float) -> Any:
        """A number a face, `(batch, 1, 1, 1)`."""
        return keras.random.uniform((ops.shape(faces)[0], 1, 1, 1), low, high, seed=self._random)

    def _maps(self, faces: Any) -> Any:
        """Maps from places in the changed face to places in the given one, `(batch, 8)`."""
        chosen, (number, height, width, _) = self._chosen, ops.shape(faces)
        draw = keras.random.uniform((7, number), -1, 1, seed=self._random)
        angle = draw[0] * math.radians(chosen.rotation_degrees)
        shear = draw[1] * math.tan(math.radians(chosen.shear_degrees))
        mirror = ops.where(draw[2] < 0, -1.0, 1.0) if chosen.horizontal_flip else 1.0
        across, down = (1 + draw[3] * chosen.zoom) * mirror, 1 + draw[4] * chosen.zoom
        cosine, sine = ops.cos(angle), ops.sin(angle)
        a, b = cosine * across, (cosine * shear - sine) * down
        c, d = sine * across, (sine * shear + cosine) * down
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        x = middle_x + draw[5] * chosen.shift * width - a * middle_x - b * middle_y
        y = middle_y + draw[6] * chosen.shift * height - c * middle_x - d * middle_y
        nothing = ops.zeros_like(a)
        return ops.stack([a, b, x, c, d, y, nothing, nothing], axis=1)

    def _relit(self, faces: Any) -> Any:
        mean = ops.mean(faces, axis=(1, 2), keepdims=True)
        contrast = 1 + self._uniform(faces, -1, 1) * self._chosen.contrast
        brightness = 255 * self._uniform(faces, -1, 1) * self._chosen.brightness
        return ops.clip((faces - mean) * contrast + mean + brightness, 0, 255)

    def _erased(self, faces: Any) -> Any:
        height, width = ops.shape(faces)[1:3]
        area = self._uniform(faces, *ERASED_AREA)
        aspect = ops.exp(self._uniform(faces, *map(math.log, ERASED_ASPECT)))
        inside = self._rectangle(faces, height * ops.sqrt(area * aspect), width * ops.sqrt(area / aspect))
        chosen = ops.logical_and(inside, self._uniform(faces, 0, 1) < self._chosen.erasing)
        return ops.where(chosen, self._uniform(faces, 0, 255), faces)

    def _rectangle(self, faces: Any, tall: Any, wide: Any) -> Any:
        """Where a rectangle `tall` × `wide` pixels lies that is put anywhere within the face."""
        height, width = ops.shape(faces)[1:3]
        return rectangle(height, width, self._uniform(faces, 0, 1) * (height - tall),
                         self._uniform(faces, 0, 1) * (width - wide), tall, wide)


def rectangle(height: int, width: int, top: Any, left: Any, tall: Any, wide: Any) -> Any:
    """Pixels of a face whose middles lie in a rectangle; bounds in pixels, `(batch, 1, 1, 1)`.

    Returns:
        Booleans `(batch, height, width, 1)`.
    """
    row = ops.reshape(ops.arange(height, dtype="float32") + 0.5, (1, -1, 1, 1))
    column = ops.reshape(ops.arange(width, dtype="float32") + 0.5, (1, 1, -1, 1))
    rows = ops.logical_and(row >= top, row < top + tall)
    return ops.logical_and(rows, ops.logical_and(column >= left, column < left + wide))
