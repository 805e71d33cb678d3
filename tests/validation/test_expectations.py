from pathlib import Path

import pandas as pd
import pytest

from fer_pipeline.labels import PIXELS, Usage
from fer_pipeline.params import Params, ValidateParams
from fer_pipeline.validation.expectations import RAW_TABLE, Outcome, check, faces_suite, raw_suite

TRAINING, PRIVATE_TEST = str(Usage.TRAINING), str(Usage.PRIVATE_TEST)


@pytest.fixture(scope="module")
def strict(params: Params) -> ValidateParams:
    return params.validate_.model_copy(update={
        "max_quarantined_rows": 0.0, "max_copies": 0.1, "expected_faces": dict.fromkeys(Usage, 7)})


def raw_rows() -> pd.DataFrame:
    return pd.DataFrame({"row": range(7), "emotion": list("0123456"), "usage": "Training", "pixel_values": PIXELS,
                         "problem": pd.array([None] * 7, dtype="str")})


def some_faces() -> pd.DataFrame:
    """Manifest and findings of seven sound faces."""
    return pd.DataFrame({"row": range(7), "emotion": range(7), "constant": False, "copy_inside": False,
                         "copy_of_training": False})


def run(frames: list[pd.DataFrame], params: ValidateParams, folder: Path) -> list[Outcome]:
    tables = dict(zip((RAW_TABLE, TRAINING, PRIVATE_TEST), frames, strict=True))
    suites = {RAW_TABLE: raw_suite(params), TRAINING: faces_suite(Usage.TRAINING, params),
              PRIVATE_TEST: faces_suite(Usage.PRIVATE_TEST, params)}
    return check(tables, suites, folder)


def test_sound_frames_meet_every_expectation_and_data_docs_are_written(strict, tmp_path):
    outcomes = run([raw_rows(), some_faces(), some_faces()], strict, tmp_path / "docs")
    assert [outcome.meaning for outcome in outcomes if not outcome.success] == []
    assert {outcome.table for outcome in outcomes} == {RAW_TABLE, TRAINING, PRIVATE_TEST}
    assert "<html" in (tmp_path / "docs" / "index.html").read_text()


def test_broken_frames_fail_with_the_meaning_and_the_count(strict, tmp_path):
    raw, training, private_test = raw_rows(), some_faces(), some_faces()
    raw.loc[3, ["emotion", "usage", "problem"]] = ["9", "Test", "emotion"]
    raw.loc[4, "pixel_values"] = PIXELS - 1
    training.loc[6, ["emotion", "constant", "copy_inside"]] = [5, True, True]
    private_test.loc[0, "copy_of_training"] = True
    private_test = private_test.drop(6)
    outcomes = run([raw, training, private_test], strict, tmp_path / "docs")
    failed = {(outcome.table, outcome.meaning): outcome.observed for outcome in outcomes if not outcome.success}
    assert failed == {
        (RAW_TABLE, "emotion is 0 to 6"): "1 of 7 otherwise",
        (RAW_TABLE, "Usage is Training, PublicTest or PrivateTest"): "1 of 7 otherwise",
        (RAW_TABLE, "2,304 pixel values (48 × 48)"): "1 of 7 otherwise",
        (RAW_TABLE, "the row can be read as a face"): "1 of 7 otherwise",
        (TRAINING, "all seven emotions occur"): "otherwise",
        (TRAINING, "at most 1 % are one grey level"): "1 of 7 otherwise",
        (TRAINING, "at most 10% are copies inside the usage"): "1 of 7 otherwise",
        (PRIVATE_TEST, "all seven emotions occur"): "otherwise",
        (PRIVATE_TEST, "at most 10% are copies of Training faces"): "1 of 6 otherwise",
        (PRIVATE_TEST, "7 faces"): "6",
    }
    assert (tmp_path / "docs" / "index.html").exists()
