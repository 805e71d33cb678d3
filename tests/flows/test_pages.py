"""What the artifacts of refresh and retrain say."""

from datetime import UTC, datetime
from pathlib import Path

from fer_pipeline.drift.gates import Gate
from fer_pipeline.evaluation.metrics import Figures
from fer_pipeline.params import AcquireParams
from fer_pipeline.promotion.contenders import Contender
from fer_pipeline.promotion.releases import Release
from fer_pipeline.promotion.rule import Decision
from fer_pipeline.recipes import TestTime
from flows.retraining.new_data import NewData
from flows.retraining.pages import data_page, decision_page, gates_table
from flows.retraining.scheduled_clone import ScheduledClone
from tests.promotion.test_rule import RULE, compared, decide

GATES = [Gate("Training: stability index of the emotions", "angry 14%", "angry 15%", 0.012, 0.1, "max_emotion_index",
              0.02),
         Gate("PublicTest: stability index of the emotions", "angry 14%", "angry 30%", 0.3, 0.1, "max_emotion_index",
              1.5),
         Gate("Training: change of the number of faces", "480", "600", 0.25, None, "max_faces_change")]
CLONE = ScheduledClone(Path("clone"), Path("checkout"), "c0ffee" * 6, "retrain/c0ffeec0ff", {}, 0)
FIGURES: Figures = {"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6, "macro_f1": 0.4, "faces": 90}


def pinned(version: int) -> AcquireParams:
    return AcquireParams(source="kaggle:anna/faces", version=version, sha256=None)


def release(version: str) -> Release:
    return Release(version, "c0ffee", datetime.now(UTC), "why", ())


def test_every_gate_stands_in_the_table_with_the_limit_that_counts():
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in gates_table(GATES).splitlines()[2:]]
    assert [row[3:] for row in rows] == [["0.012", "0.1"], ["0.3", "1.5 by chance alone"], ["0.25", "any"]]
    assert rows[2][:3] == ["Training: change of the number of faces", "480", "600"]


def test_unchanged_data_are_called_so():
    page = data_page(NewData(pinned(2), pinned(2), release("v1.0.0"), True, GATES), CLONE)
    assert page.startswith("# The data have not changed\n\nThe source is as pinned: kaggle:anna/faces version 2. ")
    assert "v1.0.0, which was in use when this began, was made of the same content." in page


def test_new_data_name_both_pins_and_where_they_are():
    page = data_page(NewData(pinned(2), pinned(3), None, False, []), CLONE, ["Branch `retrain/c0ffeec0ff` at `abc`"])
    assert page.startswith(
        "# New data\n\nThe source was kaggle:anna/faces version 2 and is kaggle:anna/faces version 3. Code and")
    assert "There is no release yet, so that nothing can have drifted." in page
    assert page.endswith("Branch `retrain/c0ffeec0ff` at `abc`.\n")


def test_a_decision_is_shown_with_figures_reason_and_what_is_in_use():
    challenger = Contender("lenet5", FIGURES, 1_234_567, "said.npz", TestTime())
    data = NewData(pinned(2), pinned(3), release("v1.0.0"), False, GATES)
    kept = decide(compared(20, 2, 1, 12), RULE)
    page = decision_page(kept, challenger, data, CLONE, "abcdef" * 6, release("v1.0.0"))
    assert page.startswith("# v1.0.0 stays in use\n\nNeither better by more than noise")
    assert "PublicTest 50.0 % \\[40.0, 60.0\\], 90 faces; 1,234,567 FLOPs a face" in page
    promoted = decision_page(Decision("better", "Better."), challenger, data, CLONE, "abcdef" * 6, release("v1.1.0"))
    assert promoted.startswith("# v1.1.0 is released\n\nBetter.")
