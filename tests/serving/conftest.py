"""A network that tells bright pictures from dark ones, in a file as the project exports it."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.card import Accuracy, Card
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.recipes import TestTime
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.service import Serving, build
from tests.made_onnx import write_made_onnx

CARD = Card(name="grey_level", architecture="mean_grey", trained_on="no faces: it reads the mean grey level",
            test_time=TestTime(horizontal_flip=True),
            private_test=Accuracy(accuracy=0.653, low=0.638, high=0.669, macro_f1=0.61, faces=3589))
LEVEL = 0.05    # of a logit, per grey level


def write_onnx(file: Path, card: Card) -> Path:
    """Mean grey level, times a weight an emotion, softmax: bright is happy, dark is sad."""
    weights, biases = np.zeros((1, len(EMOTIONS))), np.zeros(len(EMOTIONS))
    weights[0, EMOTIONS.index("happy")], biases[EMOTIONS.index("sad")] = LEVEL, LEVEL * 100
    return write_made_onnx(file, weights, biases, card.model_dump(mode="json"))


@pytest.fixture(scope="session")
def grey_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    return write_onnx(tmp_path_factory.mktemp("network") / "grey_level.onnx", CARD)


@pytest.fixture(scope="session")
def as_file() -> Callable[..., bytes]:
    """The content of a picture file: `as_file(pixels, "JPEG")`."""

    def content(pixels: np.ndarray, kind: str = "PNG") -> bytes:
        written = BytesIO()
        Image.fromarray(pixels).save(written, kind)
        return written.getvalue()

    return content


@pytest.fixture
def asking(grey_network: Path) -> Iterator[Callable[..., TestClient]]:
    """Starts a service within given limits and gives a client of it: `asking(files=2)`."""
    started = []

    def start(**limits: float) -> TestClient:
        serving = Serving(Predictor(grey_network, threads=1), Limits(**{"parallel": 2, "per_minute": 0} | limits))
        client = TestClient(build(serving), raise_server_exceptions=False)
        started.append(client.__enter__())
        client.serving = serving
        return client

    yield start
    for client in started:
        client.__exit__(None, None, None)
