"""Random changes of faces inside the compiled training step; off outside training."""

import math

import keras
from keras import layers

from fer_pipeline.params import Augmentation


def build_augmentation(augmentation: Augmentation, seed: int) -> list[keras.Layer]:
    """Layers from faces `(batch, height, width, channels)` to changed faces of the same shape."""
    chosen: list[keras.Layer] = []
    if augmentation.horizontal_flip:
        chosen.append(layers.RandomFlip("horizontal", seed=seed))
    if augmentation.zoom:
        zoom = augmentation.zoom
        chosen.append(layers.RandomZoom((-zoom, zoom), (-zoom, zoom), fill_mode="nearest", seed=seed + 1))
    if augmentation.shear_degrees:
        shear = math.tan(math.radians(augmentation.shear_degrees))
        chosen.append(layers.RandomShear(x_factor=shear, fill_mode="nearest", seed=seed + 2))
    return chosen
