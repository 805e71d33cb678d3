"""What a network costs, counted from its layers and its file: the same on every machine."""

import math
from pathlib import Path

import keras
from keras import layers


def flops(network: keras.Model) -> int:
    """Floating-point operations of one face's forward pass: two a multiplication in convolutions and dense layers.

    Pooling, normalisation and activations are left out, as is usual; they come to a few per cent.
    """
    return sum(2 * _multiplications(layer) for layer in network._flatten_layers(include_self=False))


def file_size(model_file: Path) -> int:
    """Bytes of a model file. Equal weights are written as equal bytes (`training.archive`), so DVC may hash this."""
    return model_file.stat().st_size


def _multiplications(layer: keras.Layer) -> int:
    return _places(layer) * sum(int(math.prod(kernel.shape)) for kernel in _kernels(layer))


def _kernels(layer: keras.Layer) -> list[keras.Variable]:
    if isinstance(layer, layers.SeparableConv2D):
        return [layer.depthwise_kernel, layer.pointwise_kernel]
    return [layer.kernel] if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense) else []


def _places(layer: keras.Layer) -> int:
    """How often a kernel is applied: at each pixel of the output, once where there are none."""
    return int(math.prod(layer.output.shape[1:-1]))
