from pathlib import Path

import pandas as pd
import pytest

from fer_pipeline.labels import PIXELS, Usage
from fer_pipeline.params import Params, ValidateParams
from fer_pipeline.validation.checks import Outcome, check
from fer_pipeline.validation.expectations import RAW_TABLE, faces_suite, faces_table, raw_suite, with_positions

TRAINING, PRIVATE_TEST = str(Usage.TRAINING), str(Usage.PRIVATE_TEST)


@pytest.fixture(scope="module")
def strict(params: Params) -> ValidateParams:
    return params.validate_.model_copy(update={
        "max_quarantined_rows": 0.0, "max_copies": 0.1, "expected_faces": dict.fromkeys(Usage, 7),
        "emotion_shares": {"disgust": (0.1, 0.15)}, "expected_emotions": {Usage.TRAINING: {"neutral": 1}},
        "usages_in_order": True})


def raw_rows() -> pd.DataFrame:
    return pd.DataFrame({"row": range(7), "emotion": list("0123456"), "usage": "Training", "pixel_values": PIXELS,
                         "problem": pd.array([None] * 7, dtype="str")})


def some_faces(usage: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Manifest and findings of seven sound faces."""
    manifest = pd.DataFrame({"row": range(7), "usage": usage, "emotion": range(7), "path": "", "sha256": "ab" * 32,
                             "mean": 110.0, "std": 50.0, "min": 0, "max": 255})
    return manifest, pd.DataFrame({"row": range(7), "constant": False, "copy_inside": False,
                                   "conflicting_label": False, "copy_of_training": False})


def run(
    raw: pd.DataFrame, training: tuple[pd.DataFrame, ...], private_test: tuple[pd.DataFrame, ...],
    params: ValidateParams, folder: Path,
) -> list[Outcome]:
    tables = {RAW_TABLE: with_positions(raw), TRAINING: faces_table(*training),
              PRIVATE_TEST: faces_table(*private_test)}
    suites = {RAW_TABLE: raw_suite(params), TRAINING: faces_suite(Usage.TRAINING, params),
              PRIVATE_TEST: faces_suite(Usage.PRIVATE_TEST, params)}
    return check(tables, suites, folder)


def test_sound_frames_meet_every_expectation_and_data_docs_are_written(strict, tmp_path):
    outcomes = run(raw_rows(), some_faces(TRAINING), some_faces(PRIVATE_TEST), strict, tmp_path / "docs")
    assert [outcome.meaning for outcome in outcomes if not outcome.success] == []
    assert {outcome.table for outcome in outcomes} == {RAW_TABLE, TRAINING, PRIVATE_TEST}
    assert "<html" in (tmp_path / "docs" / "index.html").read_text()


def test_broken_frames_fail_with_the_meaning_the_count_and_the_rows(strict, tmp_path):
    raw, training, private_test = raw_rows(), some_faces(TRAINING), some_faces(PRIVATE_TEST)
    raw.loc[3, ["emotion", "usage", "problem"]] = ["9", "Test", "emotion"]
    raw.loc[4, "pixel_values"] = PIXELS - 1
    raw.loc[[1, 6], "usage"] = ["PublicTest", "PrivateTest"]
    training[0].loc[6, ["emotion", "min", "max", "sha256"]] = [5, 200, 20, "none"]
    training[0].loc[5, "usage"] = "PublicTest"
    training[1].loc[6, ["constant", "copy_inside", "conflicting_label"]] = True
    private_test[1].loc[0, "copy_of_training"] = True
    private_test[0][["mean", "std"]] = [250.0, 5.0]
    private_test = (private_test[0].drop([1, 6]), private_test[1])
    outcomes = run(raw, training, private_test, strict, tmp_path / "docs")
    failed = {(outcome.table, outcome.meaning): (outcome.observed, *(tuple(row.values()) for row in outcome.rows))
              for outcome in outcomes if not outcome.success}
    assert failed == {
        (RAW_TABLE, "emotion is 0 to 6"): ("1 of 7 otherwise", (3, "9")),
        (RAW_TABLE, "Usage is Training, PublicTest or PrivateTest"): ("1 of 7 otherwise", (3, "Test")),
        (RAW_TABLE, "2,304 pixel values (48 × 48)"): ("1 of 7 otherwise", (4, "2303")),
        (RAW_TABLE, "the row can be read as a face"): ("1 of 7 otherwise", (3, "emotion")),
        (RAW_TABLE, "Training's rows come first, then PublicTest's, then PrivateTest's"):
            ("1 of 7 otherwise", (2, "0.0")),
        (TRAINING, "every face is of Training"): ("1 of 7 otherwise", (5, "PublicTest")),
        (TRAINING, "all seven emotions occur"): ("missing: 6",),
        (TRAINING, "every face has the checksum of its pixels"): ("1 of 7 otherwise", (6, "none")),
        (TRAINING, "the brightest is no darker than the darkest"): ("1 of 7 otherwise", (6, "max 20, min 200")),
        (TRAINING, "at most 1 % are one grey level"): ("1 of 7 otherwise", (6, "")),
        (TRAINING, "at most 10 % are copies inside the usage"): ("1 of 7 otherwise", (6, "")),
        (TRAINING, "at most 5 % have the pixels of a face with another emotion"): ("1 of 7 otherwise", (6, "")),
        (TRAINING, "1 neutral faces"): ("0",),
        (PRIVATE_TEST, "all seven emotions occur"): ("missing: 1, 6",),
        (PRIVATE_TEST, "10.0% to 15.0% are disgust"): ("0",),
        (PRIVATE_TEST, "faces are of grey level 80 to 180 on average"): ("250",),
        (PRIVATE_TEST, "a face's grey levels deviate by 30 to 90 on average"): ("5",),
        (PRIVATE_TEST, "at most 10 % are copies of Training faces"): ("1 of 5 otherwise", (0, "")),
        (PRIVATE_TEST, "7 faces"): ("5",),
    }
    assert (tmp_path / "docs" / "index.html").exists()


def test_a_source_whose_rows_are_shuffled_or_missing_is_told(strict, tmp_path):
    raw = raw_rows().drop(2)
    outcomes = check({RAW_TABLE: with_positions(raw)}, {RAW_TABLE: raw_suite(strict)}, tmp_path / "docs")
    (failed,) = [outcome for outcome in outcomes if not outcome.success]
    assert failed.meaning == "rows are in the order of the source, none left out"
    assert str(failed).endswith("4 of 6 otherwise; first rows: 3 (position 2), 4 (position 3), 5 (position 4), "
                                "6 (position 5)")


def test_at_most_five_rows_are_named_and_long_values_are_cut(strict, tmp_path):
    raw = raw_rows().assign(usage="U" * 300)
    outcomes = check({RAW_TABLE: with_positions(raw)}, {RAW_TABLE: raw_suite(strict)}, tmp_path / "docs")
    (failed,) = [outcome for outcome in outcomes if outcome.meaning.startswith("Usage is")]
    assert [one["row"] for one in failed.rows] == [0, 1, 2, 3, 4]
    assert failed.rows[0]["value"] == "U" * 40
