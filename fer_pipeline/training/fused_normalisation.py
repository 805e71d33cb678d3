"""Batch normalisation of maps as one operation: under TensorFlow Keras 3 makes a dozen, each a walk over memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import layers, ops

MAPS = 4    # dimensions: faces, height, width, channels


class _Fused(layers.BatchNormalization):  # type: ignore[misc]  # keras has no types
    """Keras's own, but for how a training step of it is computed."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=ops.cast(self.gamma, "float32"), offset=ops.cast(self.beta, "float32"), mean=[],
            variance=[], epsilon=self.epsilon, is_training=True)
        places = ops.cast(ops.size(inputs) // inputs.shape[-1], "float32")
        self._moves(self.moving_mean, mean)
        self._moves(self.moving_variance, variance * (places - 1) / places)     # that of the batch, as in Keras
        return outputs

    def _moves(self, moving: Any, towards: Any) -> None:
        moving.assign(moving * self.momentum + towards * (1 - self.momentum))


@contextmanager
def fused(network: keras.Model) -> Iterator[None]:
    """Inside, steps of training are compiled with fused batch normalisation wherever `network` normalises maps.

    The same numbers but for the order in which they are summed up. Other backends fuse by themselves.
    """
    changed = [layer for layer in network._flatten_layers() if _can_fuse(layer)]
    for layer in changed:
        layer.__class__ = _Fused
    try:
        yield
    finally:
        for layer in changed:
            layer.__class__ = layers.BatchNormalization


def _can_fuse(layer: keras.layers.Layer) -> bool:
    return (keras.backend.backend() == "tensorflow" and type(layer) is layers.BatchNormalization
            and layer.scale and layer.center and not layer.renorm and not layer.synchronized
            and layer.input_spec.ndim == MAPS and layer.axis in (-1, MAPS - 1))
