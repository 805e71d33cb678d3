"""The result in three lines, from files as the stages leave them."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from flows.publishing import publish, results


def right(correct: int) -> Figures:
    """Figures with so many of ten faces right."""
    return figures(np.zeros(10), np.repeat([0, 1], [correct, 10 - correct]))


CHAMPION = {"architecture": "a", **right(6)}


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run leaves: a champion with 6 of 10 PublicTest faces right, and a vote of two with 7 on folds apart."""
    monkeypatch.chdir(tmp_path)
    write("data/raw/provenance.json", {"synthetic": False, "split": "official"})
    for folder in ("PrivateTest", "PrivateTest_without_copies"):
        write(f"artifacts/metrics/{folder}/a.json", CHAMPION)
    write("artifacts/metrics/ensemble/PrivateTest.json", right(8))
    write_ensemble("ab", held_out=0.7)
    publish.record("first", {"judge_ensemble": "ran", "report": "ran"})
    return tmp_path


def write(file: str, content: object) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(json.dumps(content))


def write_ensemble(members: str, held_out: float) -> None:
    write("artifacts/ensemble/ensemble.json", {
        "members": [{"architecture": name} for name in members], "held_out": {"accuracy": held_out}, "accuracy": 0.9})


@pytest.mark.usefixtures("left")
def test_a_vote_that_beats_the_champion_on_faces_apart_is_one_more_clause() -> None:
    lines = results.result(CHAMPION).splitlines()
    assert len(lines) == 3
    assert lines[1] == ("PrivateTest: 60.0 % [31.3, 83.2], 10 faces, macro F1 0.107; 2 networks voting: "
                        "80.0 % [49.0, 94.3], 10 faces, macro F1 0.127")


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(("members", "held_out"), [("ab", 0.6), ("ab", 0.5), ("a", 0.7)])
def test_a_vote_that_is_no_better_on_faces_apart_is_not_named(members: str, held_out: float) -> None:
    write_ensemble(members, held_out)
    assert results.result(CHAMPION).splitlines()[1] == "PrivateTest: 60.0 % [31.3, 83.2], 10 faces, macro F1 0.107"


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("outcome", ["failed", "not run"])
def test_a_vote_that_this_run_did_not_judge_is_not_named(outcome: str) -> None:
    publish.record("second", {"judge_ensemble": outcome, "report": "ran"})
    assert "voting" not in results.result(CHAMPION)


@pytest.mark.usefixtures("left")
def test_figures_of_private_test_do_not_decide_whether_the_vote_is_named() -> None:
    write("artifacts/metrics/ensemble/PrivateTest.json", right(0))
    assert "2 networks voting: 0.0 %" in results.result(CHAMPION)


def write_network(name: str, *, model: str, predicted_by: str, metrics: bool = True) -> None:
    """A model file, predictions that another model file may have made, and PublicTest metrics."""
    model_file, predictions_file = (Path("artifacts") / part for part in (
        f"models/{name}.keras", f"predictions/PublicTest/{name}.npz"))
    for file in (model_file, predictions_file):
        file.parent.mkdir(parents=True, exist_ok=True)
    model_file.write_text(model)
    write_predictions(predictions_file, Predictions(
        np.arange(10), np.zeros(10, np.uint8), np.full((10, 7), 1 / 7, np.float32),
        sha256(predicted_by.encode()).hexdigest()))
    if metrics:
        write(f"artifacts/metrics/PublicTest/{name}.json", right(6))


@pytest.mark.usefixtures("left")
def test_the_run_section_gets_figures_of_the_model_files_that_are_there() -> None:
    write_network("lenet5", model="new", predicted_by="new")
    write_network("stale", model="new", predicted_by="old")
    write_network("failed", model="new", predicted_by="new", metrics=False)
    write("artifacts/metrics/PublicTest/gone.json", right(6))
    networks = publish.run_facts()["networks"]
    assert list(networks) == ["lenet5"]
    assert (networks["lenet5"]["accuracy"], networks["lenet5"]["model_sha256"]) == (0.6, sha256(b"new").hexdigest())
