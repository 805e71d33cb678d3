"""A network in an ONNX file, as the project exports one, whose answers a test can foresee."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.predicting.card import KEY

OPSET, IR = 17, 10


def write_made_onnx(file: Path, weights: np.ndarray, biases: np.ndarray | None = None,
                    card: dict[str, object] | None = None) -> Path:
    """Write one: mean grey levels of equal squares, a dense layer, softmax.

    Args:
        file: .onnx
        weights: `(squares, 7)`, the face's squares row by row; one row takes the mean of the whole face.
        biases: `(7,)`; zero if not given.
        card: Its own words; None writes none.
    """
    side = FACE_SIZE // round(len(weights) ** 0.5)
    nodes = [
        helper.make_node("Reshape", ["faces", "grey"], ["pixels"]),
        helper.make_node("AveragePool", ["pixels"], ["means"], kernel_shape=[side, side], strides=[side, side]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "biases"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    constants = {"weights": weights.astype(np.float32), "grey": np.array([-1, 1, FACE_SIZE, FACE_SIZE], np.int64),
                 "biases": np.zeros(7, np.float32) if biases is None else biases.astype(np.float32)}
    graph = helper.make_graph(
        nodes, "made", [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["faces", FACE_SIZE, FACE_SIZE, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["faces", 7])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    if card is not None:
        helper.set_model_props(model, {KEY: json.dumps(card)})
    onnx.checker.check_model(model)
    onnx.save(model, file)
    return file
