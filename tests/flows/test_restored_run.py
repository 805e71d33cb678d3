"""A run whose weights are kept goes back into a checkout, and the stages go on from there."""

import json
from pathlib import Path

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.__main__ import main
from tests.flows.conftest import Checkout


@pytest.fixture
def kept(finished_copy: Checkout, tmp_path: Path) -> Path:
    """The run of its lenet5, with weights."""
    checkout, runs = str(finished_copy.folder), tmp_path / "runs"
    main(["keep", checkout, "lenet5", "--folder", str(runs), "--weights", f"{checkout}/artifacts/models/lenet5.keras"])
    return runs / "lenet5"


def restore(run: Path, checkout: Checkout, entry: str) -> None:
    main(["restore", str(run), str(checkout.folder), "--entry", entry])


@pytest.mark.pipeline
def test_its_training_is_done_and_it_is_judged_as_it_was(kept, finished_copy):
    before = finished_copy.ran()
    restore(kept, finished_copy, "again")
    restore(kept, finished_copy, "again")       # as after a kill
    finished_copy.run("dvc", "repro", "--quiet")
    assert "up to date" in finished_copy.run("dvc", "status")
    ran = finished_copy.ran()[len(before):]
    assert [stage for stage in ran if stage.startswith("train@")] == ["train@again"] * 2    # told, not run
    assert {"evaluate@again", "judge@again", "select", "report"} <= set(ran)
    metrics = [json.loads((finished_copy.folder / f"artifacts/metrics/PrivateTest/{entry}.json").read_text())
               for entry in ("lenet5", "again")]
    assert metrics[0]["accuracy"] == pytest.approx(metrics[1]["accuracy"], abs=0.05)      # a face of 30; float16
    assert metrics[0]["log_loss"] == pytest.approx(metrics[1]["log_loss"], abs=0.01)
    assert "again" in (finished_copy.folder / "artifacts/report/index.html").read_text()
    assert "    epochs: 2\n" in (finished_copy.folder / "params.yaml").read_text().split("\n  again:\n")[1]


def test_what_does_not_fit_the_checkout_is_refused(kept, finished_copy):
    artifacts = finished_copy.folder / "artifacts"
    (artifacts / "models/lenet5.keras").unlink()
    (artifacts / "models/lenet5.keras").write_bytes(b"another")
    with pytest.raises(InputError, match=r"lenet5\.keras is there already, with another content"):
        restore(kept, finished_copy, "lenet5")
    for file in ("models/four_conv_cnn.keras", "histories/four_conv_cnn.csv"):
        (artifacts / file).unlink()
    with pytest.raises(InputError, match=r"params\.yaml has another entry 'four_conv_cnn'"):
        restore(kept, finished_copy, "four_conv_cnn")
    assert not (artifacts / "models/four_conv_cnn.keras").exists()
    finished_copy.edit_params(lambda params: params["balance"].update(strategy="class_weights"))
    with pytest.raises(InputError, match=r"lenet5 was trained on other Training than .*'strategy': 'none'"):
        restore(kept, finished_copy, "again")
    provenance = finished_copy.folder / "data/raw/provenance.json"
    content = json.loads(provenance.read_text())
    provenance.unlink()
    provenance.write_text(json.dumps(content | {"sha256": "ab" * 32}))
    with pytest.raises(InputError, match=r"lenet5 was trained on other data than .*, and here (ab){32}"):
        restore(kept, finished_copy, "again")


def test_a_student_goes_back_to_its_teachers_alone(finished_copy, tmp_path):
    artifacts = finished_copy.folder / "artifacts"
    main(["keep", str(finished_copy.folder), "pupil", "--folder", str(tmp_path),
          "--weights", str(artifacts / "students/models/pupil.keras")])
    restore(tmp_path / "pupil", finished_copy, "again")
    finished_copy.run("dvc", "repro", "--quiet", "judge_student@again")
    assert finished_copy.ran()[-4:] == ["teach@again", "train_student@again", "evaluate_student@again",
                                        "judge_student@again"]
    assert "up to date" in finished_copy.run("dvc", "status", "train_student@again")
    facts = json.loads((tmp_path / "pupil/run.json").read_text())
    facts["teachers"][0]["votes"] += 1
    (tmp_path / "pupil/run.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match=r"pupil was trained on other teachers than .* Restore those that taught it"):
        restore(tmp_path / "pupil", finished_copy, "another")


def test_a_run_without_weights_is_refused_and_nothing_is_written(finished_copy, tmp_path):
    main(["keep", str(finished_copy.folder), "lenet5", "--folder", str(tmp_path / "runs")])
    with pytest.raises(InputError, match="lenet5 keeps no weights"):
        restore(tmp_path / "runs/lenet5", finished_copy, "again")
    assert "again" not in (finished_copy.folder / "params.yaml").read_text()
