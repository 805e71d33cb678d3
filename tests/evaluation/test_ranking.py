from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.evaluation.ranking import Candidate, candidate, ranked


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A model file and predictions of it: two of three faces right."""
    model_file, predictions_file = tmp_path / "a.keras", tmp_path / "a.npz"
    model_file.write_bytes(b"model")
    write_predictions(predictions_file, Predictions(
        np.arange(3), np.array([0, 1, 2]), np.eye(7, dtype=np.float32)[[0, 1, 3]], sha256_of(model_file)))
    return model_file, predictions_file


def right(architecture: str, correct: int) -> Candidate:
    """A candidate with so many of ten faces right."""
    return Candidate(architecture, figures(np.zeros(10), np.repeat([0, 1], [correct, 10 - correct])))


def test_predictions_of_the_model_give_figures(files):
    found = candidate("a", *files)
    assert found.figures["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found.failure is None


def test_a_missing_model_is_a_failed_training(files):
    files[0].unlink()
    assert candidate("a", *files) == Candidate("a", None, "training failed, there is no model")


def test_missing_predictions_are_a_failed_evaluation(files):
    files[1].unlink()
    assert candidate("a", *files) == Candidate("a", None, "evaluation failed, there are no predictions")


def test_predictions_of_an_older_model_are_no_figures(files):
    files[0].write_bytes(b"newer model")
    assert candidate("a", *files).figures is None
    assert candidate("a", *files).failure == "evaluation failed, its predictions are of an older model"


def test_higher_accuracy_comes_first_and_candidates_without_figures_are_left_out():
    found = ranked([right("a", 3), Candidate("b", None, "training failed"), right("c", 5)], {"a": 1, "c": 9})
    assert [one.architecture for one in found] == ["c", "a"]


def test_a_tie_goes_to_the_smaller_model_then_to_the_name():
    candidates = [right("c", 5), right("b", 5), right("a", 5)]
    assert [one.architecture for one in ranked(candidates, {"a": 9, "b": 4, "c": 4})] == ["b", "c", "a"]
