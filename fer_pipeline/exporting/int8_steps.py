"""Steps of int8 that fast kernels can take: a layer whose units no face excites gets one near zero from calibration."""

from typing import Any

import numpy as np
from tensorflow.lite.python.schema_py_generated import BuiltinOperator
from tensorflow.lite.tools import flatbuffer_utils

from fer_pipeline.predicting.litert_file import LARGEST_RATIO

WEIGHED = (BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D, BuiltinOperator.FULLY_CONNECTED)
INPUT, WEIGHTS, BIAS = 0, 1, 2      # places in a layer's list of tensors


def with_usable_steps(model: bytes) -> bytes:
    """The same int8 network, with larger steps where those of an output are too fine; the same bytes where none are.

    Nothing is lost: a unit of the sums is more than all steps of the output there.

    Args:
        model: A LiteRT file.
    """
    read = flatbuffer_utils.read_model_from_bytearray(model)
    changed = False
    for graph in read.subgraphs:
        layers = [one for one in graph.operators if read.operatorCodes[one.opcodeIndex].builtinCode in WEIGHED]
        for layer in layers:
            ratio = _ratio(graph.tensors, layer)
            if ratio > LARGEST_RATIO:
                _coarsen(read.buffers, graph.tensors, layers, int(layer.outputs[0]), ratio / LARGEST_RATIO)
                changed = True
    return bytes(flatbuffer_utils.convert_object_to_bytearray(read)) if changed else model


def _ratio(tensors: list[Any], layer: Any) -> float:
    steps = [_steps(tensors[index]) for index in (layer.inputs[INPUT], layer.inputs[WEIGHTS], layer.outputs[0])]
    given, weights, out = steps
    return float(given[0] * weights.max() / out[0]) if all(map(len, steps)) else 0.0


def _steps(tensor: Any) -> np.ndarray:
    known = tensor.quantization
    return np.array([] if known is None or known.scale is None else known.scale, np.float64)


def _coarsen(buffers: list[Any], tensors: list[Any], layers: list[Any], output: int, factor: float) -> None:
    """Widen the steps of a tensor, and with them the unit of the biases that layers after it add to its sums."""
    _widen(tensors[output], factor)
    for after in layers:
        if after.inputs[INPUT] == output and len(after.inputs) > BIAS and after.inputs[BIAS] >= 0:
            bias = tensors[after.inputs[BIAS]]
            _widen(bias, factor)
            buffer = buffers[bias.buffer]
            whole = np.frombuffer(bytes(bytearray(buffer.data)), np.int32)
            buffer.data = np.rint(whole / factor).astype(np.int32).view(np.uint8)


def _widen(tensor: Any, factor: float) -> None:
    tensor.quantization.scale = (_steps(tensor) * factor).astype(np.float32)
