import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.data.faces import write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import tempered
from fer_pipeline.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_pipeline.evaluation.scores import scores
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.params import AnalyseParams
from fer_pipeline.stages.analyse import analyse
from fer_pipeline.stages.votes import NO_VOTES

RULE = AnalyseParams(replicates=200, seed=13)
FACES = 60
COPIES = ("copy_of_training", "copy_of_public_test", "near_copy_of_training", "near_copy_of_public_test",
          "copy_inside", "near_copy_inside")


@dataclass(frozen=True)
class Run:
    """A network, a student and their vote, judged on 60 faces, in `folder`."""

    folder: Path

    def analyse(self) -> None:
        folder = self.folder
        analyse({"good": None, "failed": None}, {"poor": None}, RULE, folder / "predictions", folder / "students",
                folder / "metrics", folder / "ensemble.json", folder / "public_vote.npz", folder / "private_vote.npz",
                folder / "faces.npz", folder / "verdicts.parquet", folder / "votes.parquet", folder / "analysis",
                folder / "roc", folder / "precision_recall")

    def of(self, name: str) -> dict:
        return json.loads((self.folder / "analysis" / f"{name}.json").read_text())


@pytest.fixture
def run(tmp_path: Path, network: Callable, faces: Callable) -> Run:
    made = {"good": network(FACES, seed=1, skill=4), "poor": network(FACES, seed=2, skill=1)}
    vote = made["good"][0], (made["good"][1] + made["poor"][1]) / 2
    for name, (true, said) in {**made, "vote": vote}.items():
        predictions = Predictions(np.arange(FACES), true, said.astype(np.float32), f"model of {name}")
        for usage in ("PublicTest", "PrivateTest"):
            file = tmp_path / "predictions" / usage / f"{name}.npz"
            file.parent.mkdir(parents=True, exist_ok=True)
            write_predictions(file, predictions)
    for usage, name in (("PublicTest", "public_vote"), ("PrivateTest", "private_vote")):
        (tmp_path / "predictions" / usage / "vote.npz").rename(tmp_path / f"{name}.npz")
    for usage, folder in (("PublicTest", "students/predictions"), ("PrivateTest", "predictions/students")):
        (tmp_path / folder / usage).mkdir(parents=True)
        (tmp_path / "predictions" / usage / "poor.npz").rename(tmp_path / folder / usage / "poor.npz")
    (tmp_path / "metrics").mkdir()
    for name, temperature in (("metrics/good", 1.5), ("metrics/poor", 1.0), ("ensemble", 0.9)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"temperature": temperature}))
    write_faces(tmp_path / "faces.npz", replace(faces(FACES), emotion=vote[0]))
    copy = {name: np.arange(FACES) < 6 if name == "copy_of_training" else np.zeros(FACES, bool) for name in COPIES}
    pd.DataFrame(copy).to_parquet(tmp_path / "verdicts.parquet")
    NO_VOTES.to_parquet(tmp_path / "votes.parquet")
    return Run(tmp_path)


def test_each_set_has_scores_with_intervals_around_them(run: Run) -> None:
    run.analyse()
    sets = run.of("good")["sets"]
    assert {name: one["scores"]["faces"] for name, one in sets.items()} == {
        "PublicTest": 60, "PrivateTest": 60, "PrivateTest_without_copies": 54, "PublicTest_and_PrivateTest": 120}
    for one in sets.values():
        interval = one["intervals"]["macro_f1"]
        assert interval["low"] < interval["figure"] == one["scores"]["macro_f1"] < interval["high"]
        assert one["emotion_intervals"]["happy"]["recall"]["figure"] == one["scores"]["emotions"][3]["recall"]


def test_the_temperature_of_public_test_softens_what_is_said_of_private_test(run: Run) -> None:
    run.analyse()
    said = read_predictions(run.folder / "predictions/PrivateTest/good.npz")
    expected = scores(said.emotion_true, tempered(said.probabilities, 1.5))["log_loss"]
    assert run.of("good")["sets"]["PrivateTest"]["calibrated"]["log_loss"] == expected
    assert run.of("good")["temperature"] == 1.5


def test_the_vote_is_compared_with_the_networks_on_every_set(run: Run) -> None:
    run.analyse()
    compared = json.loads((run.folder / "analysis/comparison.json").read_text())
    assert set(compared) == {"PublicTest", "PrivateTest", "PrivateTest_without_copies", "PublicTest_and_PrivateTest"}
    found = compared["PrivateTest"]
    assert set(found["networks"]) == {"good", "poor", "ensemble"}
    assert "poor" not in found["best"]


def test_slices_hold_every_face_once_and_votes_add_theirs(run: Run) -> None:
    run.analyse()
    without = run.of("poor")
    assert set(without["slices"]) == {"brightness", "contrast", "sharpness", "copies", "confidence"}
    assert {sum(group["faces"] for group in groups) for groups in without["slices"].values()} == {FACES}
    assert without["crowd"] is None


def test_with_votes_of_people_there_is_agreement_with_them(run: Run) -> None:
    votes = pd.DataFrame(0, index=range(FACES), columns=list(VOTES), dtype=np.uint8)
    votes["happiness"] = 10
    votes.to_parquet(run.folder / "votes.parquet")
    run.analyse()
    said = read_predictions(run.folder / "predictions/PrivateTest/good.npz")
    assert run.of("good")["crowd"]["accuracy"] == pytest.approx((said.emotion_pred == 3).mean(), abs=1e-6)
    assert "agreement of FER+" in run.of("good")["slices"]


def test_curves_begin_and_end_where_curves_do(run: Run) -> None:
    run.analyse()
    happy = pd.read_csv(run.folder / "roc/ensemble.csv").query("emotion == 'happy'")
    assert happy.iloc[[0, -1], 1:].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert pd.read_csv(run.folder / "precision_recall/good.csv")["recall"].max() == 1


def test_predictions_of_two_model_files_are_left_out_by_name(run: Run, capsys: pytest.CaptureFixture) -> None:
    file = run.folder / "predictions/students/PrivateTest/poor.npz"
    write_predictions(file, replace(read_predictions(file), model_sha256="another"))
    run.analyse()
    printed = capsys.readouterr().out
    assert "poor: left out, it has no predictions of one model for PublicTest and PrivateTest" in printed
    assert "failed: left out" in printed
    assert not (run.folder / "analysis/poor.json").exists()


def test_models_judged_on_different_faces_are_refused(run: Run) -> None:
    file = run.folder / "predictions/students/PrivateTest/poor.npz"
    write_predictions(file, replace(read_predictions(file), row=np.arange(FACES) + 1))
    with pytest.raises(InputError, match="are not those of"):
        run.analyse()
