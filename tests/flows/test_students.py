"""A student of the ensemble in the whole pipeline, and what fails with it."""

import json

import pytest

from tests.flows.conftest import Checkout


def test_a_student_stands_in_the_race_and_on_the_page(finished: Checkout) -> None:
    record = json.loads((finished.folder / "artifacts/champion/champion.json").read_text())
    assert {one["architecture"]: one["status"] for one in record["candidates"]} == dict.fromkeys(
        ("lenet5", "four_conv_cnn", "pupil"), "ranked")
    page = (finished.folder / "artifacts/report/index.html").read_text()
    assert "lenet5, tiny, weights: none, distilled from the ensemble" in page
    student = next(one for one in finished.records() if one["stage"] == "train_student@pupil")
    assert student["device"].startswith("cpu:")
    assert student["epochs"] == 2


@pytest.mark.long
def test_a_failed_student_stops_no_other(finished_copy: Checkout) -> None:
    first = "    seed = train.seed_of(recipe)\n"
    finished_copy.edit("fer_pipeline/stages/train_student.py", first, '    raise RuntimeError("planted")\n' + first)
    printed = finished_copy.train_all(check=False)
    outcomes = finished_copy.outcomes()
    assert outcomes["train_student@pupil"] == "failed"
    assert outcomes["evaluate_student@pupil"] == outcomes["judge_student@pupil"] == "not run"
    assert outcomes["select"] == outcomes["report"] == "ran"
    assert "planted" in printed
    record = json.loads((finished_copy.folder / "artifacts/champion/champion.json").read_text())
    assert record["candidates"][-1]["status"] == "failed: training failed, there is no model"
    page = (finished_copy.folder / "artifacts/report/index.html").read_text()
    assert "no model: train_student@pupil failed" in page
