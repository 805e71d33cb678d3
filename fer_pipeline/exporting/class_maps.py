"""Which place of a face speaks for which emotion, as a second output of networks whose head allows it.

Source: Zhou et al. 2016, "Learning deep features for discriminative localization", arXiv 1512.04150.
"""

from itertools import pairwise
from typing import Any

import keras
from keras import layers

HEAD = (layers.Activation, layers.Dense, layers.Dropout, layers.GlobalAveragePooling2D)


def with_class_maps(network: keras.Model) -> keras.Model | None:
    """The network with a second output, `(faces, rows, columns, 7)`.

    Its head must be global average pooling and, if need be, one dense layer under the softmax: the last feature map
    times the dense kernel, or the last feature map itself. The mean over the places is then the logits less the bias.

    Returns:
        None for any other head.
    """
    head = _head(network)
    if head is None:
        return None
    pooling, dense = head
    maps = pooling.input if dense is None else _each_place(pooling.input, dense)
    return keras.Model(network.inputs[0], [network.outputs[0], maps], name=network.name)


def _head(network: keras.Model) -> tuple[Any, Any] | None:
    """Its pooling and its dense layer, which may be None."""
    tail: list[Any] = []
    for layer in reversed(network.layers):
        tail.append(layer)
        if not isinstance(layer, HEAD) or isinstance(layer, layers.GlobalAveragePooling2D):
            break
    dense = [layer for layer in tail if isinstance(layer, layers.Dense)]
    pools = isinstance(tail[-1], layers.GlobalAveragePooling2D) and not tail[-1].keepdims
    if not pools or len(dense) > 1 or not _softmax_alone(tail) or not _chained(tail):
        return None
    return tail[-1], next(iter(dense), None)


def _softmax_alone(tail: list[Any]) -> bool:
    """Whether the last layer is or ends in a softmax, and nothing before it bends the sum."""
    activations = [layer.activation for layer in tail if hasattr(layer, "activation")]
    return (activations[:1] == [keras.activations.softmax] and hasattr(tail[0], "activation")
            and all(one is keras.activations.linear for one in activations[1:]))


def _chained(tail: list[Any]) -> bool:
    return all(before.output is after.input for after, before in pairwise(tail))


def _each_place(features: Any, dense: layers.Dense) -> Any:
    """The dense layer at each place, without its bias."""
    convolution = layers.Conv2D(dense.units, 1, use_bias=False, name="maps")
    maps = convolution(features)
    convolution.set_weights([dense.get_weights()[0][None, None]])
    return maps
