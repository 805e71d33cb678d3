"""`fer train-all` and `dvc repro`: one pipeline, two ways to start it."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fer_pipeline.data.fer2013 import EMOTION_TEXTS
from fer_pipeline.labels import Usage
from tests.flows.conftest import Checkout, git

STAGES = 25     # of the tiny pipeline: fifteen single ones, three for each of two architectures, four for a student

OF_THE_STUDENT = [f"{stage}@pupil" for stage in ("teach", "train_student", "evaluate_student", "judge_student")]

CHOOSING = ("balance", "train", "evaluate", "ensemble", "teach", "select")


def test_dvc_has_nothing_to_do_after_the_flow(finished: Checkout) -> None:
    assert "up to date" in finished.run("dvc", "status")
    assert list(finished.outcomes().values()) == ["ran"] * STAGES


def test_the_flow_writes_the_report_and_names_it(finished: Checkout) -> None:
    page = (finished.folder / "artifacts/report/index.html").read_text()
    for architecture in ("lenet5", "four_conv_cnn"):
        assert architecture in page
    assert "This run" in page


def test_a_second_run_skips_every_stage(finished_copy: Checkout) -> None:
    before = finished_copy.ran()
    printed = finished_copy.train_all()
    assert set(finished_copy.outcomes().values()) == {"skipped"}
    assert finished_copy.ran() == before
    assert "Champion: " in printed
    assert "index.html" in printed


def test_two_slots_train_two_architectures_at_the_same_time(finished: Checkout) -> None:
    first, second = (record for record in finished.records() if record["stage"].startswith("train@"))
    assert first["device"] != second["device"]
    assert _started(second) < _started(first) + timedelta(seconds=first["seconds"])
    assert _started(first) < _started(second) + timedelta(seconds=second["seconds"])


def _started(record: dict) -> datetime:
    return datetime.fromisoformat(record["started"])


@pytest.mark.pipeline
def test_dvc_repro_from_scratch_writes_the_same_bytes(finished: Checkout, new_checkout: Callable[[], Checkout]) -> None:
    other = new_checkout()
    other.run("dvc", "repro")
    assert (other.folder / "dvc.lock").read_bytes() == (finished.folder / "dvc.lock").read_bytes()
    for file in sorted((other.folder / "artifacts").rglob("*")):
        relative = file.relative_to(other.folder)
        if file.is_file() and "data_docs" not in relative.parts:
            assert file.read_bytes() == (finished.folder / relative).read_bytes(), relative


@pytest.mark.long
def test_a_changed_architecture_retrains_that_one_alone_by_both_ways(finished_copy: Checkout, tmp_path: Path) -> None:
    finished_copy.edit("fer_pipeline/architectures/lenet5.py", "AveragePooling2D(2),", "MaxPooling2D(2),")
    by_dvc = Checkout(tmp_path / "by_dvc", finished_copy.environment)
    shutil.copytree(finished_copy.folder, by_dvc.folder, symlinks=True)
    before = finished_copy.ran()
    finished_copy.train_all()
    by_dvc.run("dvc", "repro")
    expected = {"train@lenet5", "evaluate@lenet5", "judge@lenet5", "ensemble", "judge_ensemble", "analyse", "select",
                "examine", "export", "report", *OF_THE_STUDENT}     # which is a lenet5 too
    assert set(finished_copy.ran()[len(before):]) == expected
    assert set(by_dvc.ran()[len(before):]) == expected
    assert finished_copy.lock() == by_dvc.lock()
    assert {name for name, outcome in finished_copy.outcomes().items() if outcome == "ran"} == expected


@pytest.mark.long
def test_other_labels_of_private_test_change_nothing_that_is_chosen(finished_copy: Checkout) -> None:
    chosen = ("artifacts/champion", "artifacts/ensemble/ensemble.json", "artifacts/metrics/PublicTest",
              "artifacts/metrics/ensemble/PublicTest.json", "artifacts/models", "artifacts/students")
    before = {file: bytes_of(finished_copy.folder / file) for file in chosen}
    judged = bytes_of(finished_copy.folder / "artifacts/metrics/PrivateTest")
    other = finished_copy.folder.parent / "other.csv"
    other.write_text(with_other_private_labels((finished_copy.folder / "data/raw/source/fer2013.csv").read_text()))
    finished_copy.run("fer_pipeline.cli", "source", str(other))
    finished_copy.edit_params(lambda params: params["validate"].update(max_conflicting_labels=1.0))     # of copies
    finished_copy.train_all()
    ran = {name for name, outcome in finished_copy.outcomes().items() if outcome == "ran"}
    assert not {name for name in ran if name.startswith(CHOOSING)}
    assert {"judge@lenet5", "judge_ensemble", "analyse"} <= ran
    assert {file: bytes_of(finished_copy.folder / file) for file in chosen} == before
    assert bytes_of(finished_copy.folder / "artifacts/metrics/PrivateTest") != judged


def with_other_private_labels(text: str) -> str:
    """Each readable face of PrivateTest gets the next emotion."""
    def other(line: str) -> str:
        emotion, comma, rest = line.partition(",")
        return f"{(int(emotion) + 1) % 7}{comma}{rest}" if emotion in EMOTION_TEXTS else line
    lines = text.splitlines(keepends=True)
    return "".join(other(line) if line.rstrip().endswith(Usage.PRIVATE_TEST) else line for line in lines)


def bytes_of(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


@pytest.mark.faults
def test_a_failed_architecture_stops_no_other_and_the_next_run_repairs_it(finished_copy: Checkout) -> None:
    network = "fer_pipeline/architectures/four_conv_cnn.py"
    finished_copy.edit(network, '    network = keras', '    raise RuntimeError("planted")\n    network = keras')
    finished_copy.edit("fer_pipeline/architectures/lenet5.py", "AveragePooling2D(2),", "MaxPooling2D(2),")
    printed = finished_copy.train_all(check=False)
    outcomes = finished_copy.outcomes()
    assert outcomes["train@four_conv_cnn"] == "failed"
    assert outcomes["evaluate@four_conv_cnn"] == outcomes["judge@four_conv_cnn"] == "not run"
    went_on = ("train@lenet5", "judge@lenet5", "ensemble", "judge_ensemble", *OF_THE_STUDENT, "analyse", "select",
               "examine", "export", "report")
    assert {outcomes[name] for name in went_on} == {"ran"}
    assert "error: 1 of 25 stages failed:\n  train · four_conv_cnn: exit code" in printed
    assert "planted" in printed
    assert "train@four_conv_cnn failed" in (finished_copy.folder / "artifacts/report/index.html").read_text()
    assert "train@four_conv_cnn" in finished_copy.run("dvc", "status")
    finished_copy.edit(network, '    raise RuntimeError("planted")\n', "")
    finished_copy.train_all()
    assert finished_copy.outcomes()["train@four_conv_cnn"] == "restored"    # by DVC's run cache
    assert "up to date" in finished_copy.run("dvc", "status")


def test_a_fresh_clone_pulls_everything_and_trains_nothing(finished_copy: Checkout, tmp_path: Path) -> None:
    git(finished_copy.folder, "add", ".")
    git(finished_copy.folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "run")
    remote = str(tmp_path / "remote")
    finished_copy.run("dvc", "remote", "add", "--default", "--local", "storage", remote)
    finished_copy.run("dvc", "push")
    clone = Checkout(tmp_path / "clone", finished_copy.environment)
    git(tmp_path, "clone", "--quiet", str(finished_copy.folder), str(clone.folder))
    clone.run("dvc", "remote", "add", "--default", "--local", "storage", remote)
    clone.run("dvc", "pull")
    assert "up to date" in clone.run("dvc", "status")
    assert not (clone.folder / ".fer").exists()


def test_bad_settings_stop_the_flow_before_any_stage(finished_copy: Checkout) -> None:
    finished_copy.edit_params(lambda params: params["architectures"]["lenet5"].update(architecture="lenet6"))
    printed = finished_copy.train_all(check=False)
    assert "error: Unknown architecture 'lenet6'. Available: basic_cnn_notebook, basic_cnn_readme, " in printed
    assert "Traceback" not in printed


def test_the_flow_runs_as_a_module(finished_copy: Checkout) -> None:
    finished_copy.run("flows.train_all")
    assert set(finished_copy.outcomes().values()) == {"skipped"}
