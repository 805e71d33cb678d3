"""A training that starts from a file: with its weights, or not at all."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_pipeline.architectures import starting_weights
from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Recipe, WeightsFile
from fer_pipeline.training.start import starting_network

SMALL = {"filters": [2, 3], "units": [4, 4]}
From = Callable[..., Recipe]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A network saved by an earlier training."""
    file = tmp_path / "before.keras"
    starting_network(_recipe(None)).save(file)
    return file


def _recipe(weights: WeightsFile | None, **hyperparameters: object) -> Recipe:
    return Recipe.model_validate({
        "architecture": "lenet5", "recipe": "fine_tuned", "epochs": 1, "batch_size": 8, "checkpoint": {"keep": "last"},
        "optimizer": {"name": "adam", "learning_rate": 0.001}, "weights": weights,
        "hyperparameters": SMALL | hyperparameters})


def _pinned(file: Path) -> WeightsFile:
    return WeightsFile(file=str(file), sha256=hashlib.sha256(file.read_bytes()).hexdigest())


def test_a_training_starts_with_the_weights_of_a_file(before: Path) -> None:
    expected = keras.models.load_model(before).get_weights()
    started = starting_network(_recipe(_pinned(before))).get_weights()
    assert all(np.array_equal(*pair) for pair in zip(expected, started, strict=True))
    at_random = starting_network(_recipe(None)).get_weights()
    assert not np.array_equal(expected[0], at_random[0])


def test_tables_name_the_file(before: Path) -> None:
    pinned = _pinned(before)
    assert starting_weights("lenet5", pinned) == f"before.keras ({pinned.sha256[:12]})"


def test_another_content_than_the_pinned_one_is_refused(before: Path) -> None:
    pinned = WeightsFile(file=str(before), sha256="0" * 64)
    with pytest.raises(InputError, match=f"{before} has the SHA-256 [0-9a-f]{{64}}, and params.yaml pins 0{{64}}"):
        starting_network(_recipe(pinned))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    pinned = WeightsFile(file=str(tmp_path / "gone.keras"), sha256="0" * 64)
    with pytest.raises(InputError, match=r"There is no .*gone\.keras in .*, which architectures\.\*\.weights in pa"):
        starting_network(_recipe(pinned))


def test_weights_of_another_shape_are_refused(before: Path) -> None:
    with pytest.raises(InputError, match=r"before\.keras is another network than lenet5: 10 arrays .* Give the "
                                         "architecture and the hyperparameters"):
        starting_network(_recipe(_pinned(before), filters=[2, 4]))


@pytest.mark.parametrize("wrong", [{"file": "before.h5", "sha256": "0" * 64}, {"file": "before.keras", "sha256": "0"},
                                   "before.keras"])
def test_a_file_is_pinned_by_its_content(wrong: object) -> None:
    with pytest.raises(ValueError, match="weights"):
        Recipe.model_validate(_recipe(None).model_dump() | {"weights": wrong})
