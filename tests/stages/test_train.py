import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input, read_faces, write_faces
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.stages import train as stage
from fer_pipeline.stages.train import train
from fer_pipeline.training import run as training_run

TINY = {"filters": [4, 4, 4], "kernel_sizes": [3, 3, 3], "units": [8, 8], "dropout": 0.5}
COMPUTE = {False: ComputeParams(threads=1, mixed_precision=False), True: ComputeParams(threads=1, mixed_precision=True)}
pytestmark = pytest.mark.usefixtures("seeded_only")


@pytest.fixture
def three_blocks(recipe) -> Recipe:
    """Two epochs of a tiny network with dropout and normalisation."""
    return recipe(architecture="three_block_cnn", hyperparameters=TINY, augmentation={"horizontal_flip": True},
                  checkpoint={"keep": "best"})


@pytest.fixture
def run(tmp_path, training_files) -> Callable[..., tuple[bytes, pd.DataFrame, dict[str, Any]]]:
    """Runs the stage and returns what it writes."""

    def trained(recipe: Recipe, *, mixed_precision: bool = False, seed: int = 11) -> tuple[bytes, pd.DataFrame, dict]:
        keras.utils.clear_session()     # layers are numbered within a process
        measured: dict[str, Any] = {}
        model_file, history_file = tmp_path / "model.keras", tmp_path / "history.csv"
        train("own_entry", recipe, TrainParams(seed=seed), COMPUTE[mixed_precision], *training_files, model_file,
              history_file, measured)
        return model_file.read_bytes(), pd.read_csv(history_file), measured

    return trained


SAVE = ResumeState.save


@pytest.fixture(autouse=True)
def _policy() -> Iterator[None]:
    yield
    keras.config.set_dtype_policy("float32")


def die(state: ResumeState) -> None:
    state._lock.close()     # as a dead process's is
    raise InterruptedError("killed")


def die_after_an_epoch(state: ResumeState, arrays: dict[str, np.ndarray]) -> None:
    SAVE(state, arrays)
    die(state)


def test_model_history_and_measurements_are_those_of_one_training(run, recipe):
    model, history, measured = run(recipe(hyperparameters={"units": [8, 8]}))
    assert history["epoch"].tolist() == [1, 2]
    assert measured["model_sha256"] == hashlib.sha256(model).hexdigest()
    assert measured["epochs"] == 2
    assert measured["faces_per_second"] == pytest.approx(42 / measured["training_seconds"], rel=0.05)


def test_a_seed_of_the_entry_is_taken_before_the_common_one(run, recipe):
    tiny = {"hyperparameters": {"units": [8, 8]}}
    models = [run(recipe(**tiny, seed=own), seed=common)[0] for own, common in (
        (None, 3), (3, 11), (0, 3), (None, 0), (None, 11))]
    assert models[0] == models[1]
    assert models[2] == models[3]
    assert len(set(models)) == 3


def test_small_learning_rates_are_written_as_they_are(run, recipe):
    slow = {"name": "adam", "learning_rate": 2e-7}
    _, history, _ = run(recipe(hyperparameters={"units": [8, 8]}, epochs=1, optimizer=slow))
    assert history["learning_rate"].tolist() == pytest.approx([2e-7], rel=1e-3)


@pytest.mark.parametrize("mixed_precision", [False, True])
def test_a_killed_training_goes_on_to_the_same_bytes_and_forgets_its_state(
        run, three_blocks, monkeypatch, capsys, tmp_path, mixed_precision):
    with monkeypatch.context() as dying:
        dying.setattr(ResumeState, "save", die_after_an_epoch)
        with pytest.raises(InterruptedError, match="killed"):
            run(three_blocks, mixed_precision=mixed_precision)
    capsys.readouterr()
    resumed = run(three_blocks, mixed_precision=mixed_precision)
    assert "Going on after epoch 1 of 2\n" in capsys.readouterr().out
    whole = run(three_blocks, mixed_precision=mixed_precision)
    assert "Going on" not in capsys.readouterr().out
    assert resumed[0] == whole[0]
    pd.testing.assert_frame_equal(resumed[1], whole[1])
    assert not (tmp_path / "state" / "train@own_entry").exists()


@pytest.fixture
def trained_in(monkeypatch) -> list[str]:
    """What the layers compute in while they are trained."""
    noted: list[str] = []
    original = training_run.fit

    def fit(network: keras.Model, *rest: Any, **settings: Any) -> Any:
        noted.extend(layer.compute_dtype for layer in network.layers)
        return original(network, *rest, **settings)

    monkeypatch.setattr(training_run, "fit", fit)
    return noted


def test_a_network_trained_in_mixed_precision_is_served_in_float32(
        run, three_blocks, trained_in, training_files, tmp_path):
    run(three_blocks, mixed_precision=True)
    assert trained_in.count("bfloat16") > 5
    assert trained_in[-1] == "float32"
    assert keras.config.dtype_policy().name == "float32"
    served = keras.models.load_model(tmp_path / "model.keras")
    assert {layer.dtype_policy.name for layer in served.layers} == {"float32"}
    same = architectures.build("three_block_cnn", input_shape=(48, 48, 1), classes=7, **TINY)
    same.set_weights(served.get_weights())
    inputs = as_input(read_faces(training_files[1]).pixels)
    np.testing.assert_array_equal(served(inputs), same(inputs))


def test_a_failed_training_leaves_the_precision_as_it_was(run, recipe, monkeypatch):
    monkeypatch.setattr(training_run, "_fit", lambda *given: die(given[-1]))
    with pytest.raises(InterruptedError, match="killed"):
        run(recipe(), mixed_precision=True)
    assert keras.config.dtype_policy().name == "float32"


def test_the_fingerprint_is_of_recipe_seed_machine_settings_and_data(recipe, training_files, faces):
    def fingerprint(made: Recipe, seed: int = 1, mixed_precision: bool = False) -> str:
        return training_run.fingerprint(made, TrainParams(seed=seed).seed_of(made), COMPUTE[mixed_precision],
                                        stage.CODE, training_files)

    found = [fingerprint(recipe()), fingerprint(recipe(epochs=3)), fingerprint(recipe(augmentation={"mixup": 0.1})),
             fingerprint(recipe(), seed=2), fingerprint(recipe(), mixed_precision=True),
             fingerprint(recipe(architecture="four_conv_cnn"))]
    assert fingerprint(recipe()) == found[0]
    assert fingerprint(recipe(seed=2)) == fingerprint(recipe(seed=2), seed=5) == found[3]
    write_faces(training_files[0], faces(21, seed=3))
    assert len({*found, fingerprint(recipe())}) == 7


def test_the_fingerprint_is_of_all_the_code_that_dvc_yaml_tracks_for_a_training():
    package = Path(stage.__file__).parents[1]
    deps = YAML(typ="safe").load(package.parent / "dvc.yaml")["stages"]["train"]["do"]["deps"]
    paths = [dep.removeprefix("${code}/") for dep in deps if dep.startswith("${code}/")]
    code = {package / path for path in paths if "$" not in path}
    tracked = {file for path in code for file in (path.glob("*.py") if path.is_dir() else [path])}
    assert tracked - {package / "errors.py"} == {file for pattern in stage.CODE for file in package.glob(pattern)}
