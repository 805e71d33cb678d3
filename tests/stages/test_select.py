import json
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.stages.select import select


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    models, predictions = tmp_path / "models", tmp_path / "predictions"
    models.mkdir()
    predictions.mkdir()
    return models, predictions


@pytest.fixture
def outs(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("model.keras", "champion.json", "card.md")]


def leave(folders: tuple[Path, Path], name: str, correct: int) -> None:
    """What training and evaluation of an architecture leave, with so many of ten faces right."""
    models, predictions = folders
    model_file = models / f"{name}.keras"
    model_file.write_bytes(name.encode())
    wrong_and_right = np.eye(7, dtype=np.float32)[np.repeat([0, 1], [correct, 10 - correct])]
    write_predictions(predictions / f"{name}.npz", Predictions(
        np.arange(10), np.zeros(10, np.uint8), wrong_and_right, sha256_of(model_file)))


@pytest.fixture
def architectures(recipe) -> dict:
    return {"small": recipe(), "large": recipe()}


def test_the_best_on_public_test_is_put_in_place_with_its_record_and_card(folders, outs, architectures):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    select(architectures, *folders, *outs)
    assert outs[0].read_bytes() == b"large"
    record = json.loads(outs[1].read_text())
    assert (record["architecture"], record["chosen_on"], record["accuracy"]) == ("large", "PublicTest", 0.7)
    assert [one["architecture"] for one in record["candidates"]] == ["large", "small"]
    assert "# Champion: large" in outs[2].read_text()
    assert "accuracy 70.0%" in outs[2].read_text()


def test_a_failed_architecture_is_recorded_and_does_not_stop_the_others(folders, outs, architectures):
    leave(folders, "small", 4)
    select(architectures, *folders, *outs)
    record = json.loads(outs[1].read_text())
    assert record["architecture"] == "small"
    assert record["candidates"][1] == {
        "architecture": "large", "accuracy": None, "status": "failed: training failed, there is no model"}


def test_all_failed_is_refused_with_each_reason(folders, outs, architectures):
    leave(folders, "large", 4)
    (folders[0] / "large.keras").write_bytes(b"newer")
    with pytest.raises(InputError, match="small: training failed, there is no model; large: evaluation failed, its "):
        select(architectures, *folders, *outs)
    assert not any(file.exists() for file in outs)


def test_left_over_models_are_ignored_and_named(folders, outs, architectures, capsys):
    leave(folders, "small", 4)
    leave(folders, "older", 10)
    select(architectures, *folders, *outs)
    assert outs[0].read_bytes() == b"small"
    assert "older" not in outs[1].read_text()
    assert "Ignored, as params.yaml does not name them: older\n" in capsys.readouterr().out
