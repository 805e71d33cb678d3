"""The files of one network, written with their card and compared with what they were made from."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.exporting.cards import with_one_view
from fer_pipeline.exporting.comparison import Comparison, compare, one_view
from fer_pipeline.exporting.litert_export import to_litert, write_litert
from fer_pipeline.exporting.onnx_export import to_onnx, write_onnx
from fer_pipeline.predicting import litert_file, onnx_file
from fer_pipeline.predicting.card import Card


@dataclass(frozen=True)
class Files:
    """Where they go."""

    onnx: Path
    litert: Path
    litert_int8: Path


def write_files(network: keras.Model, card: Card, private_test: Faces, calibration: np.ndarray, files: Files) -> Card:
    """Write all; returns the card as it stands in each.

    Args:
        network: From `networks.load_network`.
        card: Without the figure of one view.
        private_test: On which the file says that figure.
        calibration: Training faces `(faces, 48, 48)` uint8, for int8.
        files: Where to.
    """
    card = write_judged_onnx(network, card, private_test, files.onnx)
    in_float, in_int8 = to_litert(network, calibration)
    write_litert(files.litert, in_float, card)
    write_litert(files.litert_int8, in_int8, card)
    return card


def write_judged_onnx(network: keras.Model, card: Card, private_test: Faces, file: Path) -> Card:
    """Write the ONNX file, ask it for the figure of one view, and write it again with that."""
    model = to_onnx(network)
    write_onnx(file, model, card)
    card = with_one_view(card, one_view(onnx_file.open_file(file), private_test))
    write_onnx(file, model, card)
    return card


def compare_files(files: Files, faces: Faces, by_keras: np.ndarray, threads: int) -> dict[str, Comparison]:
    """Each file with what Keras says of the same faces, `(faces, 7)`."""
    return {"onnx": compare(onnx_file.open_file(files.onnx, threads), faces, by_keras),
            "litert": compare(litert_file.open_file(files.litert, threads), faces, by_keras),
            "litert_int8": compare(litert_file.open_file(files.litert_int8, threads), faces, by_keras)}


def places_of_maps(file: Path) -> tuple[int, int] | None:
    """Rows and columns of an ONNX file's class activation maps; None without."""
    return onnx_file.open_file(file).places
