import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions, read_predictions, write_predictions
from fer_pipeline.params import EnsembleParams
from fer_pipeline.stages.ensemble import ensemble
from fer_pipeline.stages.judge_ensemble import judge_ensemble

RULE = EnsembleParams(method="mean", max_votes=20, patience=4, folds=5, seed=5)
PRIVATE_TRUE = np.array([0, 1, 2, 3], np.uint8)


@dataclass(frozen=True)
class Run:
    """Two architectures with models and predictions for both usages, in `folder`."""

    folder: Path

    def ensemble(self) -> None:
        ensemble({"a": None, "b": None}, RULE, self.folder / "models", self.folder / "PublicTest", *(
            self.folder / name
            for name in ("ensemble.json", "vote.npz", "metrics.json", "confusion.csv", "teacher.json")))

    def judge(self) -> None:
        judge_ensemble(
            self.folder / "ensemble.json", self.folder / "PrivateTest", self.folder / "verdicts.parquet",
            self.folder / "vote.npz", self.folder / "private_vote.npz", *(self.folder / f"{name}.json" for name in (
                "private", "without_copies", "merged")), self.folder / "private_confusion.csv")

    def figures(self, name: str) -> tuple[float, int]:
        found = json.loads((self.folder / f"{name}.json").read_text())
        return found["accuracy"], found["faces"]

    def private_file(self, name: str) -> Path:
        return self.folder / "PrivateTest" / f"{name}.npz"

    def change(self, name: str, **changes: object) -> None:
        file = self.private_file(name)
        write_predictions(file, replace(read_predictions(file), **changes))


def between(one: int, other: int, weight: float) -> np.ndarray:
    return np.asarray(weight * np.eye(7)[one] + (1 - weight) * np.eye(7)[other], np.float32)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    for name in ("models", "PublicTest", "PrivateTest"):
        (tmp_path / name).mkdir()
    public_true = (np.arange(14) % 7).astype(np.uint8)
    says = {"a": [between(0, 6, 0.9), between(6, 1, 0.6), between(2, 6, 0.9), between(6, 3, 0.9)],
            "b": [between(6, 0, 0.6), between(1, 6, 0.9), between(2, 6, 0.9), between(6, 3, 0.9)]}
    for name, said in says.items():
        model_file = tmp_path / "models" / f"{name}.keras"
        model_file.write_bytes(name.encode())
        for usage, true, probabilities in (("PublicTest", public_true, np.eye(7, dtype=np.float32)[public_true]),
                                           ("PrivateTest", PRIVATE_TRUE, np.stack(said))):
            write_predictions(tmp_path / usage / f"{name}.npz", Predictions(
                np.arange(len(true)), true, probabilities, sha256_of(model_file)))
    pd.DataFrame({"copy_of_training": [True, False, False, False], "copy_of_public_test": False}).to_parquet(
        tmp_path / "verdicts.parquet")
    return Run(tmp_path)


def test_the_vote_is_judged_with_without_copies_and_merged(run, capsys):
    run.ensemble()
    run.judge()
    assert [run.figures(name) for name in ("private", "without_copies", "merged")] == [
        (0.75, 4), (round(2 / 3, 6), 3), (round(17 / 18, 6), 18)]
    vote = read_predictions(run.folder / "private_vote.npz")
    assert vote.emotion_pred.tolist() == [0, 1, 2, 6]
    assert vote.model_sha256 == sha256_of(run.folder / "ensemble.json")
    assert len((run.folder / "private_confusion.csv").read_text().splitlines()) == 5
    assert "PrivateTest: accuracy 75.0%, without copies 66.7%" in capsys.readouterr().out


def test_changing_every_private_test_label_and_face_leaves_the_ensemble_as_it_was(run):
    run.ensemble()
    before = {file.name: file.read_bytes() for file in run.folder.iterdir() if file.is_file()}
    for name in "ab":
        said = read_predictions(run.private_file(name)).probabilities
        run.change(name, emotion_true=(PRIVATE_TRUE + 1) % 7, row=np.arange(50, 54), probabilities=said[:, ::-1])
    run.ensemble()
    assert {file.name: file.read_bytes() for file in run.folder.iterdir() if file.is_file()} == before
    run.judge()
    assert run.figures("private") == (0, 4)


def test_a_member_judged_as_another_model_is_refused_by_name_with_the_repair(run):
    run.ensemble()
    run.change("b", model_sha256="0" * 64)
    with pytest.raises(InputError, match=r"^b votes in the ensemble as the model [0-9a-f]{64}, and .*b\.npz is of the "
                                         r"model 0{64}\. Run dvc repro judge@b ensemble\.$"):
        run.judge()
    assert not (run.folder / "private_vote.npz").exists()


def test_a_member_that_was_not_judged_is_refused_by_name_with_the_repair(run):
    run.ensemble()
    run.private_file("a").unlink()
    with pytest.raises(InputError, match=r"^a votes in the ensemble and has no PrivateTest predictions: .* Run dvc "
                                         r"repro judge@a\.$"):
        run.judge()


def test_members_judged_on_different_faces_are_refused(run):
    run.ensemble()
    run.change("b", emotion_true=(PRIVATE_TRUE + 1) % 7)
    with pytest.raises(InputError, match=r"^b predicted 4 faces that are not those of a \(4\); .*judge@a judge@b\.$"):
        run.judge()


def test_a_public_test_vote_of_another_ensemble_is_refused(run):
    run.ensemble()
    write_predictions(run.folder / "vote.npz", replace(
        read_predictions(run.folder / "vote.npz"), model_sha256="0" * 64))
    with pytest.raises(InputError, match=r"vote\.npz is the vote of another ensemble .* Run dvc repro ensemble\.$"):
        run.judge()


def test_predictions_of_no_member_are_ignored(run):
    run.ensemble()
    write_predictions(run.private_file("older"), replace(
        read_predictions(run.private_file("a")), model_sha256="0" * 64, row=np.arange(9, 13)))
    run.judge()
    assert run.figures("private") == (0.75, 4)
