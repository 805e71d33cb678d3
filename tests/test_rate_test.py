import keras
import pytest

from fer_pipeline.data.faces import write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.rate_test import propose_rate

TINY = {"size": 20, "filters": [2, 4], "units": [8, 8]}


def seeded(seed: int, threads: int) -> None:  # noqa: ARG001  TensorFlow lets a process set its threads but once
    keras.utils.set_random_seed(seed)


def test_a_rate_is_proposed_and_its_curve_drawn_the_same_each_time(params, faces, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("fer_pipeline.training.determinism.make_deterministic", seeded)
    write_faces(tmp_path / "training.npz", faces(28))
    one = params.model_copy(update={"architectures": {"tiny": recipe(hyperparameters=TINY)}})
    rates = [propose_rate("tiny", one, tmp_path / "training.npz", tmp_path / name / "curve.svg") for name in "ab"]
    assert rates[0] == rates[1] > 0
    first, second = ((tmp_path / name / "curve.svg").read_bytes() for name in "ab")
    assert first == second
    assert b"<svg" in first


def test_an_entry_that_is_not_there_is_refused_with_those_that_are(params, tmp_path):
    with pytest.raises(InputError, match=r"No entry 'lenet6' under 'architectures'\. params\.yaml has: lenet5, four_"):
        propose_rate("lenet6", params, tmp_path / "training.npz", tmp_path / "curve.svg")
