import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.distillation.teacher import write_teacher
from fer_pipeline.distillation.teaching import Teaching, write_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_pipeline.params import SelectParams
from fer_pipeline.recipes import Student
from fer_pipeline.stages.select import select

ANY_SIZE = SelectParams(max_megabytes=None)
A_HUNDRED_BYTES = SelectParams(max_megabytes=0.0001)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Of models, of predictions, and of students, whose teacher has two votes for `small` and one for `large`."""
    models, predictions, students = (tmp_path / name for name in ("models", "predictions", "students"))
    own = (students / name for name in ("models", "teaching", "predictions/PublicTest"))
    for folder in (models, predictions, *own):
        folder.mkdir(parents=True)
    members = [{"architecture": name, "votes": votes, "model_sha256": "0" * 64}
               for name, votes in (("small", 2), ("large", 1))]
    write_teacher(students / "teacher.json", {"members": members})
    return models, predictions, students


@pytest.fixture
def outs(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("model.keras", "champion.json", "card.md")]


def leave(folders: tuple[Path, Path, Path], name: str, correct: int) -> None:
    """What training and evaluation of an architecture leave, with so many of ten faces right."""
    models, predictions = folders[:2]
    model_file = models / f"{name}.keras"
    model_file.write_bytes(name.encode())
    wrong_and_right = np.eye(7, dtype=np.float32)[np.repeat([0, 1], [correct, 10 - correct])]
    write_predictions(predictions / f"{name}.npz", Predictions(
        np.arange(10), np.zeros(10, np.uint8), wrong_and_right, sha256_of(model_file)))


def leave_student(folders: tuple[Path, Path, Path], correct: int) -> None:
    """What teaching, training and evaluation of the student leave, with so many of ten faces right."""
    own = folders[2]
    leave((own / "models", own / "predictions" / "PublicTest", own), "pupil", correct)
    write_teaching(own / "teaching" / "pupil.npz", Teaching(
        np.arange(3), np.eye(7, dtype=np.float32)[:3], sha256_of(own / "teacher.json")))


@pytest.fixture
def students(recipe) -> dict:
    return {"pupil": Student(**recipe().model_dump(), teacher={"share": 0.7, "temperature": 2})}


@pytest.fixture
def architectures(recipe) -> dict:
    return {"small": recipe(), "large": recipe()}


def test_the_best_on_public_test_is_put_in_place_with_its_record_and_card(folders, outs, architectures):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    select(ANY_SIZE, architectures, {}, *folders, *outs)
    assert outs[0].read_bytes() == b"large"
    record = json.loads(outs[1].read_text())
    assert (record["architecture"], record["chosen_on"], record["accuracy"]) == ("large", "PublicTest", 0.7)
    assert [one["architecture"] for one in record["candidates"]] == ["large", "small"]
    assert "# Champion: large" in outs[2].read_text()
    assert "accuracy 70.0%" in outs[2].read_text()
    assert record["student_of"] is None
    assert "student" not in outs[2].read_text()
    said = read_predictions(folders[1] / "large.npz")
    assert (record["views"], record["temperature"]) == (1, fitted_temperature(said.emotion_true, said.probabilities))


def test_a_student_that_is_better_is_the_champion_and_says_who_taught_it(folders, outs, architectures, students):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    leave_student(folders, 8)
    select(ANY_SIZE, architectures, students, *folders, *outs)
    assert outs[0].read_bytes() == b"pupil"
    record = json.loads(outs[1].read_text())
    assert (record["architecture"], record["accuracy"]) == ("pupil", 0.8)
    assert record["student_of"] == {"votes": {"small": 2, "large": 1}, "share": 0.7, "temperature": 2,
                                    "teacher_sha256": sha256_of(folders[2] / "teacher.json")}
    assert [one["architecture"] for one in record["candidates"]] == ["pupil", "large", "small"]
    assert "It is a student: 70% of its targets on Training was the vote of small × 2, large × 1" in (
        outs[2].read_text())


def test_a_student_that_is_worse_is_ranked_and_not_taken(folders, outs, architectures, students):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    leave_student(folders, 6)
    select(ANY_SIZE, architectures, students, *folders, *outs)
    assert outs[0].read_bytes() == b"large"
    record = json.loads(outs[1].read_text())
    assert [one["architecture"] for one in record["candidates"]] == ["large", "pupil", "small"]
    assert record["student_of"] is None


def test_of_equals_the_smaller_file_wins_whether_student_or_not(folders, outs, architectures, students):
    leave(folders, "large", 7)
    leave(folders, "small", 7)
    leave_student(folders, 7)
    select(ANY_SIZE, architectures, students, *folders, *outs)
    assert outs[0].read_bytes() == b"large"
    (folders[0] / "large.keras").write_bytes(b"x" * 100)
    (folders[0] / "small.keras").write_bytes(b"x" * 100)
    for name in architectures:
        predictions = read_predictions(folders[1] / f"{name}.npz")
        write_predictions(folders[1] / f"{name}.npz", replace(
            predictions, model_sha256=sha256_of(folders[0] / f"{name}.keras")))
    select(ANY_SIZE, architectures, students, *folders, *outs)
    assert outs[0].read_bytes() == b"pupil"


def leave_larger(folders: tuple[Path, Path, Path], name: str) -> None:
    """The same predictions by a model of 101 bytes."""
    model_file, predictions_file = folders[0] / f"{name}.keras", folders[1] / f"{name}.npz"
    model_file.write_bytes(b"x" * 101)
    said = read_predictions(predictions_file)
    write_predictions(predictions_file, replace(said, model_sha256=sha256_of(model_file)))


def test_of_networks_above_the_limit_none_is_the_champion_and_all_are_ranked(folders, outs, architectures, students):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    leave_larger(folders, "large")
    leave_student(folders, 6)
    select(A_HUNDRED_BYTES, architectures, students, *folders, *outs)
    assert outs[0].read_bytes() == b"pupil"
    record = json.loads(outs[1].read_text())
    assert (record["architecture"], record["accuracy"], record["max_megabytes"]) == ("pupil", 0.6, 0.0001)
    assert [one["architecture"] for one in record["candidates"]] == ["large", "pupil", "small"]
    assert "among 3 networks, of those of at most 0.0001 MB:\naccuracy 60.0%" in outs[2].read_text()


def test_a_limit_that_no_network_meets_is_refused_with_their_sizes(folders, outs, architectures):
    for name, correct in (("small", 4), ("large", 7)):
        leave(folders, name, correct)
        leave_larger(folders, name)
    too_small = SelectParams(max_megabytes=1e-5)
    with pytest.raises(InputError, match=r"max_megabytes 1e-05: large 0\.000101 MB, small 0\.000101 MB\. Raise it in"):
        select(too_small, architectures, {}, *folders, *outs)
    assert not any(file.exists() for file in outs)


@pytest.mark.parametrize(("gone", "why"), [
    ("teaching/pupil.npz", "teaching failed, there is no teaching"),
    ("teacher.json", "teaching failed, there is no ensemble"),
    ("models/pupil.keras", "training failed, there is no model"),
    ("predictions/PublicTest/pupil.npz", "evaluation failed, there are no predictions"),
])
def test_a_failed_student_is_recorded_and_stops_no_other(folders, outs, architectures, students, gone, why):
    leave(folders, "small", 4)
    leave(folders, "large", 7)
    leave_student(folders, 10)
    (folders[2] / gone).unlink()
    select(ANY_SIZE, architectures, students, *folders, *outs)
    record = json.loads(outs[1].read_text())
    assert record["architecture"] == "large"
    assert record["candidates"][-1] == {"architecture": "pupil", "accuracy": None, "status": f"failed: {why}"}


def test_a_student_of_an_older_ensemble_is_out_of_the_race(folders, outs, architectures, students):
    leave(folders, "small", 4)
    leave_student(folders, 10)
    write_teacher(folders[2] / "teacher.json", {"members": []})
    select(ANY_SIZE, architectures, students, *folders, *outs)
    record = json.loads(outs[1].read_text())
    assert record["architecture"] == "small"
    assert record["candidates"][-1]["status"] == "failed: teaching failed, there is only that of an older ensemble"


def test_a_failed_architecture_is_recorded_and_does_not_stop_the_others(folders, outs, architectures):
    leave(folders, "small", 4)
    select(ANY_SIZE, architectures, {}, *folders, *outs)
    record = json.loads(outs[1].read_text())
    assert record["architecture"] == "small"
    assert record["candidates"][1] == {
        "architecture": "large", "accuracy": None, "status": "failed: training failed, there is no model"}


def test_all_failed_is_refused_with_each_reason(folders, outs, architectures):
    leave(folders, "large", 4)
    (folders[0] / "large.keras").write_bytes(b"newer")
    with pytest.raises(InputError, match="small: training failed, there is no model; large: evaluation failed, its "):
        select(ANY_SIZE, architectures, {}, *folders, *outs)
    assert not any(file.exists() for file in outs)


def test_left_over_models_are_ignored_and_named(folders, outs, architectures, capsys):
    leave(folders, "small", 4)
    leave(folders, "older", 10)
    select(ANY_SIZE, architectures, {}, *folders, *outs)
    assert outs[0].read_bytes() == b"small"
    assert "older" not in outs[1].read_text()
    assert "Ignored, as params.yaml does not name them: older\n" in capsys.readouterr().out
