"""What a network costs, counted from its layers: the same on every machine."""

import math

import keras


def flops(network: keras.Model) -> int:
    """Floating-point operations of one face's forward pass: two a multiplication in convolutions and dense layers.

    Pooling, normalisation and activations are left out, as is usual; they come to a few per cent.
    """
    return sum(2 * _multiplications(layer) for layer in network._flatten_layers(include_self=False))


def _multiplications(layer: keras.Layer) -> int:
    if isinstance(layer, keras.layers.Conv2D):
        return int(math.prod(layer.output.shape[1:3])) * int(math.prod(layer.kernel.shape))
    if isinstance(layer, keras.layers.Dense):
        return int(math.prod(layer.kernel.shape))
    return 0
