from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.exporting.comparison import compare, one_view, require_same, require_small_loss
from fer_pipeline.predicting.card import Card

FOUND = {"bytes": 10, "same_class": 1.0, "largest_difference": 0.0, "accuracy": 0.6, "accuracy_difference": 0.0}
CARD = Card(name="own", architecture="lenet5", emotions=("disgust", "angry", "fear", "happy", "sad", "surprise",
                                                         "neutral"))


class Answers:
    """An open file that gives the faces, numbered by their first pixel, made-up answers, with two columns swapped."""

    def __init__(self, said: np.ndarray, file: Path) -> None:
        self.card, self.file, self._said = CARD, file, said[:, CARD.order]
        file.write_bytes(bytes(10))

    def raw(self, faces: np.ndarray) -> np.ndarray:
        return self._said[faces[:, 0, 0, 0].astype(int)]


@pytest.fixture
def numbered(faces):
    made = faces(200)
    made.pixels[:, 0, 0] = np.arange(200)
    return made


def test_a_comparison_counts_faces_and_finds_the_largest_difference(numbered, network, tmp_path):
    _, said = network(200)
    other = said.copy()
    other[:3] = np.roll(said[:3], 1, axis=1)
    found = compare(Answers(other, tmp_path / "a"), numbered, said)
    accuracy = (other.argmax(1) == numbered.emotion).mean()
    largest = round(float(np.abs(other - said).max()), 6)
    lost = float(accuracy - (said.argmax(1) == numbered.emotion).mean())
    assert found == {"bytes": 10, "same_class": 0.985, "largest_difference": largest,
                     "accuracy": round(float(accuracy), 6), "accuracy_difference": round(lost, 6)}
    assert one_view(Answers(other, tmp_path / "a"), numbered)["accuracy"] == found["accuracy"]


def test_a_float_file_that_says_something_else_is_refused_with_how_often():
    require_same(FOUND | {"same_class": 0.999}, "champion.onnx")
    with pytest.raises(InputError, match=r"champion\.onnx gives 99\.85% of the PublicTest faces .* differ by up to 0\.2"
                                         r"\. Allowed: 99\.9% and more"):
        require_same(FOUND | {"same_class": 0.9985, "largest_difference": 0.2}, "champion.onnx")


def test_an_int8_file_may_lose_what_params_allow():
    require_small_loss(FOUND | {"accuracy_difference": -0.02}, "int8", 0.02)
    require_small_loss(FOUND | {"accuracy_difference": -0.5}, "int8", None)
    with pytest.raises(InputError, match=r"int8 has a PublicTest accuracy of 60\.00%, 2\.10 points below Keras\. "
                                         r"Allowed: 2 points \(export\.max_int8_loss"):
        require_small_loss(FOUND | {"accuracy_difference": -0.021}, "int8", 0.02)
