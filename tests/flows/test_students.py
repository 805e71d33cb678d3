"""A student of the ensemble in the whole pipeline: what fails with it, and what PrivateTest means to it."""

import json
from dataclasses import replace
from pathlib import Path

from fer_pipeline.data.faces import read_faces, write_faces
from tests.flows.conftest import Checkout

CHOSEN = ("artifacts/students/teacher.json", "artifacts/students/teaching/pupil.npz",
          "artifacts/students/models/pupil.keras", "artifacts/champion/champion.json", "artifacts/champion/model.keras")


def _bytes(checkout: Checkout) -> list[bytes]:
    return [(checkout.folder / file).read_bytes() for file in CHOSEN]


def _turn_labels(file: Path) -> None:
    faces = read_faces(file)
    write_faces(file, replace(faces, emotion=(faces.emotion + 1) % 7))


def test_a_student_stands_in_the_race_and_on_the_page(finished: Checkout) -> None:
    record = json.loads((finished.folder / "artifacts/champion/champion.json").read_text())
    assert {one["architecture"]: one["status"] for one in record["candidates"]} == dict.fromkeys(
        ("lenet5", "four_conv_cnn", "pupil"), "ranked")
    page = (finished.folder / "artifacts/report/index.html").read_text()
    assert "lenet5, tiny, weights: none, distilled from the ensemble" in page
    student = next(one for one in finished.records() if one["stage"] == "train_student@pupil")
    assert student["device"].startswith("cpu:")
    assert student["epochs"] == 2


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


def test_other_labels_in_private_test_change_no_student_and_no_champion(finished_copy: Checkout) -> None:
    before, ran = _bytes(finished_copy), finished_copy.ran()
    file = finished_copy.folder / "data/prepared/private_test.npz"
    file.chmod(0o644)
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)       # no link into DVC's cache
    _turn_labels(file)
    finished_copy.run("dvc", "commit", "--force", "images")
    finished_copy.run("dvc", "repro")
    again = set(finished_copy.ran()[len(ran):])
    assert {"judge@lenet5", "judge_student@pupil", "report"} <= again
    assert not again & {"train@lenet5", "evaluate@lenet5", "ensemble", "teach@pupil", "train_student@pupil",
                        "evaluate_student@pupil", "select"}
    assert _bytes(finished_copy) == before
