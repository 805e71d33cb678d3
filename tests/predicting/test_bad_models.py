"""`fer predict --model` with what cannot be used, and with a network that lists the emotions in another order."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.many import Job, run
from fer_pipeline.predicting.networks import open_network, probabilities

FACES = np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def job(folder: Path, model: Path) -> Job:
    Image.fromarray(FACES[0]).save(folder / "face.png")
    return Job([str(folder / "face.png")], cropped=True, model=model)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no model .*gone\.onnx\. Name an exported one, or leave --model"):
        run(job(tmp_path, tmp_path / "gone.onnx"))


@pytest.mark.parametrize(("name", "said"), [
    ("model.keras", r"is no \.keras file, which is a zip\. Older formats .* not opened: they can hold code"),
    ("model.h5", r"it ends in '\.h5'\. Allowed: \.onnx, \.tflite, \.keras"),
    ("model.onnx", "is no ONNX model, or a broken one"), ("model.tflite", "is no LiteRT model: it begins with")])
def test_a_pickle_of_a_stranger_runs_nothing_whatever_it_is_called(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(InputError, match=said):
        run(job(tmp_path, tmp_path / name))
    assert not (tmp_path / "ran").exists()


def test_emotions_in_another_order_are_put_into_ours(onnx_model: Callable[..., Path]) -> None:
    turned = EMOTIONS[::-1]
    own = probabilities(open_network(onnx_model()), FACES)
    np.testing.assert_allclose(probabilities(open_network(onnx_model(emotions=turned)), FACES), own[:, ::-1], rtol=1e-5)


def test_other_emotions_are_refused(tmp_path: Path, onnx_model: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"tells bored, .* apart\. Allowed: angry, disgust, .*, in any order"):
        run(job(tmp_path, onnx_model(emotions=("bored", *EMOTIONS[1:]))))
