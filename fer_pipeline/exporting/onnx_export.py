"""Keras to ONNX, by tf2onnx: probabilities and, where the head allows it, class activation maps."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import onnx

from fer_pipeline.exporting.canonical import canonical
from fer_pipeline.exporting.class_maps import with_class_maps
from fer_pipeline.exporting.networks import INPUT, SIGNATURE
from fer_pipeline.predicting.card import KEY, Card
from fer_pipeline.predicting.onnx_file import MAPS

OPSET = 18                      # the newest that tf2onnx 1.17 writes
OUTPUT = "probabilities"


def to_onnx(network: keras.Model) -> onnx.ModelProto:
    """Convert a network; the same one gives the same bytes in every process.

    Args:
        network: From grey levels `(faces, 48, 48, 1)` float32 to probabilities `(faces, 7)`.

    Returns:
        Input `faces`, outputs `probabilities` and, if its head allows it, `maps`.
    """
    mapped = with_class_maps(network)
    with TemporaryDirectory() as folder, _known_notices():
        file = Path(folder) / "network.onnx"
        (mapped or network).export(file, format="onnx", verbose=False, input_signature=SIGNATURE, opset_version=OPSET)
        return canonical(onnx.load(file), INPUT, [OUTPUT] if mapped is None else [OUTPUT, MAPS], network.name)


def write_onnx(file: Path, model: onnx.ModelProto, card: Card) -> None:
    """Write it with its card."""
    del model.metadata_props[:]
    model.metadata_props.add(key=KEY, value=card.model_dump_json())
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString(deterministic=True))


@contextmanager
def _known_notices() -> Iterator[None]:
    with warnings.catch_warnings():     # Keras asks whether numpy still has `object`, for tf2onnx's sake
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        yield
