import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.balancing.strategies import STRATEGIES
from fer_pipeline.data.faces import read_faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.params import BalanceParams
from fer_pipeline.stages.balance import balance
from fer_pipeline.stages.validate_balanced import validate_balanced
from fer_pipeline.stages.votes import NO_VOTES

EMOTIONS_OF_TRAINING = [0, 1, 2, 3, 4, 5, 6, 3, 3, 3, 4, 5, 6, 6]
AUGMENTATION = BalanceParams(strategy="augmentation", seed=1)


class Run:
    """Training of 14 faces, one of them in quarantine, balanced; files as the stage takes them."""

    def __init__(self, folder: Path, faces, settings: BalanceParams) -> None:
        self.settings = settings
        self.balanced, self.training, self.verdicts, self.counts, self.origins, self.summary = (
            folder / name for name in ("balanced.npz", "training.npz", "verdicts.parquet", "counts.csv", "origins.csv",
                                       "balanced.json"))
        self.data_docs = folder / "data_docs" / "balanced_set"
        write_faces(self.training, faces(emotion=EMOTIONS_OF_TRAINING, first_row=100))
        verdict = ["quarantine" if row == 8 else "keep" for row in range(14)]
        pd.DataFrame({"row": range(100, 114), "verdict": verdict}).to_parquet(self.verdicts)
        NO_VOTES[["row", *VOTES]].to_parquet(folder / "votes.parquet")
        balance(settings, self.training, self.verdicts, folder / "votes.parquet", self.balanced, self.counts,
                self.origins)

    def validate(self) -> None:
        validate_balanced(self.settings, self.balanced, self.training, self.verdicts, self.counts, self.origins,
                          self.summary, self.data_docs)

    def spoil(self, array: str, position: int, value: object) -> None:
        """Overwrite one entry of the balanced set's arrays."""
        balanced = read_faces(self.balanced)
        getattr(balanced, array)[position] = value
        write_faces(self.balanced, balanced)

    def refusal(self) -> list[str]:
        """The lines of the message, of which all but the first and the last are a failed expectation each."""
        with pytest.raises(InputError) as refused:
            self.validate()
        return str(refused.value).splitlines()


@pytest.fixture
def augmented(tmp_path, faces) -> Run:
    return Run(tmp_path, faces, AUGMENTATION)


def settings(strategy: str) -> BalanceParams:
    return BalanceParams(strategy=strategy, seed=1, beta=0.9 if strategy == "effective_number" else None)


@pytest.mark.parametrize("chosen", [*map(settings, STRATEGIES),
                                    BalanceParams(strategy="augmentation", seed=1, target=2)], ids=str)
def test_what_a_strategy_makes_meets_every_expectation(tmp_path, faces, chosen, capsys):
    run = Run(tmp_path, faces, chosen)
    run.validate()
    summary = json.loads(run.summary.read_text())
    assert summary["passed"] is True
    assert summary["faces"] == len(read_faces(run.balanced))
    number = len(summary["expectations"])
    assert f"{number} of {number} expectations met" in capsys.readouterr().out
    assert (run.data_docs / "index.html").is_file()


def test_two_validations_of_the_same_set_write_the_same_summary(augmented):
    augmented.validate()
    first = augmented.summary.read_text()
    augmented.validate()
    assert augmented.summary.read_text() == first


@pytest.mark.parametrize(("array", "position", "value", "broken"), [
    ("row", 0, 9, "the csv row is one of Training, of no other usage"),
    ("row", 0, 108, "no face is in quarantine, and none's parent"),
    ("emotion", 0, 1, "the emotion is the one in Training"),
    ("emotion", 0, 200, "the emotion is the one in Training"),
    ("pixels", 0, 0, "pixels are those of the csv row, or what origins.csv says was made of them"),
    ("pixels", -1, 0, "pixels are those of the csv row, or what origins.csv says was made of them"),
    ("weight", 0, 0, "weights are positive and finite"),
    ("weight", 0, np.inf, "weights are positive and finite"),
    ("weight", 0, np.nan, "every face has a weight"),
])
def test_a_spoilt_face_is_refused_with_its_row(augmented, array, position, value, broken):
    augmented.spoil(array, position, value)
    _, *failed, last = augmented.refusal()
    row = read_faces(augmented.balanced).row[position]
    (line,) = [line for line in failed if f": {broken}; 1 of 21 otherwise" in line]
    assert line.startswith("  balanced set: expect_column_")
    assert f"; first rows: {row}" in line
    assert "data_docs/balanced_set/index.html" in last
    assert json.loads(augmented.summary.read_text())["passed"] is False


def test_a_new_face_without_its_origin_and_an_origin_without_its_face_are_refused(augmented):
    origins = pd.read_csv(augmented.origins)
    origins.loc[0, "position"] = 999
    origins.to_csv(augmented.origins, index=False)
    _, *failed, _ = augmented.refusal()
    first = f"first rows: {origins['row'][0]}"
    assert any("pixels are those of the csv row" in line and first in line for line in failed)
    assert any("a line of origins.csv belongs to a face of its row and emotion" in line and first in line
               for line in failed)


def test_an_unknown_operation_is_refused_by_name(augmented):
    origins = pd.read_csv(augmented.origins)
    origins.loc[2, "operation"] = "shear"
    origins.to_csv(augmented.origins, index=False)
    _, *failed, _ = augmented.refusal()
    assert any(line.endswith(f"a new face names a known operation; 1 of 21 otherwise; first rows: "
                             f"{origins['row'][2]} (shear)") for line in failed)


def test_an_emotion_that_misses_its_target_is_named(tmp_path, faces):
    run = Run(tmp_path, faces, settings("oversampling"))
    balanced = read_faces(run.balanced)
    write_faces(run.balanced, balanced.take(np.arange(len(balanced)) > 0))
    _, *failed, _ = run.refusal()
    line = next(line for line in failed if "as many faces as strategy oversampling is to give" in line)
    assert line.endswith("1 of 7 otherwise; first rows: angry (after 2, target 3)")
    assert any("every emotion weighs the same in the loss" in line for line in failed)


def test_weights_of_another_strategy_are_refused(tmp_path, faces):
    run = Run(tmp_path, faces, settings("none"))
    run.settings = settings("class_weights")
    _, *failed, _ = run.refusal()
    assert [line.split(": ")[2].split(";")[0] for line in failed] == ["every emotion weighs the same in the loss"]
