from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.census.findings import MEANINGS
from fer_pipeline.labels import Usage
from fer_pipeline.validation.verdicts import quarantine_table, verdicts

TRAINING, PUBLIC_TEST, PRIVATE_TEST = Usage


def found(**rows: list[int]) -> pd.DataFrame:
    """Findings of five faces, rows 10 to 14: the rows that each finding named here holds of."""
    row = np.arange(10, 15)
    return pd.DataFrame({"row": row} | {name: np.isin(row, rows.get(name, [])) for name in MEANINGS})


@pytest.mark.parametrize("usage", list(Usage))
def test_quarantine_takes_faces_out_of_training_alone(usage):
    judged = verdicts(found(constant=[12]), usage, {"constant": "quarantine"})
    left = "quarantine" if usage == TRAINING else "flag"
    assert judged["verdict"].tolist() == ["keep", "keep", left, "keep", "keep"]
    assert judged["reason"].tolist() == ["", "", "constant", "", ""]


@pytest.mark.parametrize("name", list(MEANINGS))
@pytest.mark.parametrize(("policy", "verdict", "reason"), [
    ("keep", "keep", ""), ("flag", "flag", "NAME"), ("quarantine", "quarantine", "NAME")])
def test_every_finding_follows_its_policy(name, policy, verdict, reason):
    judged = verdicts(found(**{name: [11]}), TRAINING, {name: policy})
    assert judged.loc[1, ["verdict", "reason"]].tolist() == [verdict, reason.replace("NAME", name)]
    assert (judged["verdict"].drop(1) == "keep").all()


def test_a_finding_without_a_policy_is_flagged():
    assert verdicts(found(copy_of_training=[10]), PUBLIC_TEST, {})["verdict"].tolist() == ["flag"] + ["keep"] * 4


def test_several_findings_are_all_reasons_and_the_strictest_policy_counts():
    judged = verdicts(found(copy_inside=[13], conflicting_label=[13], non_face=[13]), TRAINING,
                      {"copy_inside": "flag", "conflicting_label": "quarantine", "non_face": "keep"})
    assert judged.loc[3, ["verdict", "reason"]].tolist() == ["quarantine", "copy_inside, conflicting_label"]


def test_quarantine_lists_unreadable_rows_and_faces_with_reason_and_picture():
    raw_table = pd.DataFrame({
        "row": [0, 1], "emotion": ["x", "3"], "usage": ["Training", "PublicTest"], "path": ["", "a/b.png"],
        "problem": ["emotion", "picture"], "detail": ["emotion 'x'; expected 0 to 6", "no picture"]})
    manifests = {usage: pd.DataFrame({"row": np.arange(10, 15), "usage": str(usage), "emotion": [6, 5, 4, 3, 0],
                                      "path": ""}) for usage in Usage}
    judged = {usage: verdicts(found(constant=[12], non_face=[12, 14]), usage,
                              {"constant": "quarantine", "non_face": "flag"}) for usage in Usage}
    table = quarantine_table(raw_table, manifests, judged, Path("data/images"))
    assert table.to_numpy().tolist() == [
        ["Training", 0, "x", "emotion", "emotion 'x'; expected 0 to 6", ""],
        ["PublicTest", 1, "happy", "picture", "no picture", "a/b.png"],
        ["Training", 12, "sad", "constant, non_face", "one grey level; probably no face: a card, a sign or a logo",
         "data/images/Training/sad/00012.png"]]
