"""Statistics of batch normalisation for the weights that are kept and for faces as they will be seen."""

import keras
import numpy as np

from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError

BATCH = 256


def take_statistics(network: keras.Model, pixels: np.ndarray) -> None:
    """Replace moving means and variances by the mean of those of batches of faces without augmentation.

    A moving average is of the last few hundred steps, whose weights were others and whose faces were turned, shifted
    and partly covered.

    Args:
        network: From grey levels `(batch, 48, 48, 1)`; changed in place.
        pixels: `(faces, 48, 48)` uint8; whole batches of `BATCH` count, or all faces where they are fewer.

    Raises:
        InputError: It has no batch normalisation that trains.

    Source: Wu and Johnson 2021, arXiv 2105.07576, "precise batch normalisation"; Izmailov et al. 2018, arXiv
    1803.05407, for averaged weights.
    """
    normalisations = [layer for layer in network._flatten_layers(include_self=False)
                      if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
    if not normalisations:
        raise InputError(f"{network.name} has no batch normalisation whose statistics could be taken. Take "
                         "precise_batch_norm out of its recipe.")
    momenta = [layer.momentum for layer in normalisations]
    for number, start in enumerate(range(0, max(len(pixels) - BATCH, 0) + 1, BATCH)):
        for layer in normalisations:
            layer.momentum = number / (number + 1)      # the mean of all batches so far
        network(as_input(pixels[start:start + BATCH]), training=True)
    for layer, momentum in zip(normalisations, momenta, strict=True):
        layer.momentum = momentum
