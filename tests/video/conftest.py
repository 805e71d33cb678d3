"""Videos made by the test from scikit-image's astronaut (public domain), and a small network with a card."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.detection.haar import Haar, Settings
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.video import ffmpeg
from tests.made_onnx import write_made_onnx

WIDTH, HEIGHT, RATE, SIDE = 320, 240, 15, 130


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mean grey level to seven probabilities."""
    card = Card(name="grey", architecture="mean", emotions=EMOTIONS)
    return write_made_onnx(tmp_path_factory.mktemp("model") / "grey.onnx", np.linspace(-0.02, 0.02, 7).reshape(1, 7),
                           card=card.model_dump(mode="json"))


@pytest.fixture
def predictor(model: Path) -> Predictor:
    """With Haar, so sure that it takes no badge for a face now and then: tracks are tested, not what is found."""
    made = Predictor(model)
    made.detector = Haar(Settings(neighbours=3))
    return made


def face() -> np.ndarray:
    """The astronaut's head, blue, green, red."""
    return cv2.cvtColor(data.astronaut()[0:256, 96:352], cv2.COLOR_RGB2BGR)


def frame(*places: tuple[float, float], side: int = SIDE, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    """A grey frame with the head at each place, the last in front."""
    pixels = np.full((size[1], size[0], 3), 110, np.uint8)
    head = cv2.resize(face(), (side, side), interpolation=cv2.INTER_AREA)
    for left, top in places:
        shown = np.float32([[1, 0, left], [0, 1, top]])
        mask = cv2.warpAffine(np.ones((side, side), np.uint8), shown, size) > 0
        pixels[mask] = cv2.warpAffine(head, shown, size)[mask]
    return pixels


def write(file: Path, frames: Iterable[np.ndarray], *, sound: bool = False, rate: int = RATE) -> Path:
    """A video of these frames."""
    frames = iter(frames)
    first = next(frames)
    beside = ["-f", "lavfi", "-i", "sine=440", "-shortest", "-c:a", "aac"] if sound else []
    with subprocess.Popen([ffmpeg.program(), "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s",
                           f"{first.shape[1]}x{first.shape[0]}", "-r", str(rate), "-i", "-", *beside, "-preset",
                           "ultrafast", str(file)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for pixels in (first, *frames):
            process.stdin.write(pixels.tobytes())
    assert process.returncode == 0
    return file


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a video of a head that moves to the right and back: `film(2.0, sound=True)`; each is made once."""
    folder, made = tmp_path_factory.mktemp("films"), dict[tuple[float, bool], Path]()

    def make(seconds: float = 2.0, *, sound: bool = False) -> Path:
        if (seconds, sound) not in made:
            frames = (frame((95 + 60 * np.sin(n / RATE), 50)) for n in range(round(seconds * RATE)))
            made[seconds, sound] = write(folder / f"film{seconds}{sound}.mp4", frames, sound=sound)
        return made[seconds, sound]

    return make
