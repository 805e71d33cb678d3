"""The Keras network that is exported, in full float32."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import FACE_SIZE

INPUT = "faces"
SIGNATURE = [keras.InputSpec(shape=(None, FACE_SIZE, FACE_SIZE, 1), dtype="float32", name=INPUT)]


def load_network(file: Path) -> keras.Model:
    """Load a network as it is to be exported.

    Args:
        file: .keras; weights are float32 there even if it was trained in mixed precision.

    Raises:
        InputError: Keras runs on another backend than TensorFlow, which converters read.
    """
    if keras.backend.backend() != "tensorflow":
        raise InputError(f"Networks are exported from TensorFlow, and Keras runs on {keras.backend.backend()}. Unset "
                         "KERAS_BACKEND, or set it to tensorflow; the model file is the same for all.")
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)      # as the files compute, also on a GPU
    network = keras.models.load_model(file, compile=False)
    for layer in _layers(network):
        if not isinstance(layer, keras.layers.InputLayer):
            layer.dtype_policy = "float32"
        if isinstance(layer, keras.layers.Normalization):       # tf2onnx makes an input of a tensor that is no variable
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    return network


def _layers(network: keras.Model) -> Iterator[keras.Layer]:
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
