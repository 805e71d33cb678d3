"""Model files: ONNX by ONNX Runtime, which needs no training framework; LiteRT and Keras where they are installed."""

from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.inference import views
from fer_pipeline.predicting.card import Card
from fer_pipeline.recipes import TestTime

SHIPPED = Path(__file__).parent / "shipped"
CHAMPION = SHIPPED / "champion.onnx"
ONE_VIEW = TestTime()
BATCH = 320     # views at once: of more faces, memory would grow
SMALLEST = np.finfo(np.float32).tiny
FORMATS = {".onnx": "onnx_file", ".tflite": "litert_file", ".keras": "keras_file"}


class Network(Protocol):
    """An open model file.

    Attributes:
        card: What it says of itself.
        file: Where it is.
    """

    card: Card
    file: Path

    def raw(self, faces: np.ndarray) -> np.ndarray:
        """Outputs `(faces, 7)` float32 in the file's own order for grey levels `(faces, 48, 48, 1)` float32."""
        ...

    def maps(self, faces: np.ndarray) -> np.ndarray | None:
        """How much each place of each face speaks for each output.

        Returns:
            Class activation maps `(faces, rows, columns, 7)` float32 in the file's own order, whose means over the
            places are the outputs' logits less a constant of each; None where the file has none.

        Source: Zhou et al. 2016, "Learning deep features for discriminative localization", arXiv 1512.04150. Under
        global average pooling they are Grad-CAM's up to a factor and before its cut at zero (Selvaraju et al. 2017,
        arXiv 1610.02391).
        """
        ...


def open_network(model: Path | str = "champion", threads: int = 0) -> Network:
    """Open a model file.

    Args:
        model: .onnx, .tflite or .keras; or "champion", the network that this package ships.
        threads: That compute; 0 takes all cores.

    Raises:
        InputError: No such file, another format, one that is broken or of other classes, or what reads it is missing.
    """
    file = CHAMPION if str(model) == "champion" else Path(model)
    if file.suffix not in FORMATS:
        raise InputError(f"{file} is no model that can be opened: it ends in {file.suffix!r}. Allowed: "
                         f"{', '.join(FORMATS)}, or champion, which comes with the package. Export one by `dvc repro "
                         "export`.")
    if not file.is_file():
        raise InputError(f"There is no model {file}. Name an exported one, or leave --model out for the one that comes "
                         "with the package.")
    opened: Network = import_module(f"fer_pipeline.predicting.{FORMATS[file.suffix]}").open_file(file, threads)
    return opened


def probabilities(network: Network, faces: np.ndarray, test_time: TestTime = ONE_VIEW) -> np.ndarray:
    """Calibrated probabilities of faces.

    Args:
        network: An open one.
        faces: `(faces, 48, 48)` uint8.
        test_time: Views of each face, whose mean is taken.

    Returns:
        `(faces, 7)` float32 in the order of `labels.EMOTIONS`, each row summing to 1.
    """
    if not len(faces):
        return np.zeros((0, len(network.card.emotions)), np.float32)
    seen = max(1, BATCH // test_time.views)
    said = [_mean_of_views(network, faces[start:start + seen], test_time) for start in range(0, len(faces), seen)]
    return _calibrated(np.concatenate(said)[:, network.card.order], network.card.temperature)


def _mean_of_views(network: Network, faces: np.ndarray, test_time: TestTime) -> np.ndarray:
    """Of all views in one call."""
    if test_time == ONE_VIEW:
        return network.raw(faces[..., np.newaxis].astype(np.float32))
    seen = np.concatenate(list(views(faces, test_time)))[..., np.newaxis].astype(np.float32)
    return np.asarray(network.raw(seen).reshape(-1, len(faces), len(network.card.emotions)).mean(axis=0))


def _calibrated(said: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.maximum(said, SMALLEST).astype(np.float64) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
