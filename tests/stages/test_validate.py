import json
from pathlib import Path

import pandas as pd
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.errors import InputError
from fer_pipeline.labels import PIXELS, Usage
from fer_pipeline.params import LeftOut
from fer_pipeline.stages.validate import validate

PICTURES = Path("data/images")
BAD_ROWS = {3: ("7", "pixels", "Training"), 10: ("2", "1 2 3", "PublicTest")}


@pytest.fixture
def outs(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("training.parquet", "public_test.parquet", "private_test.parquet",
                                         "quarantine.csv", "summary.json", "data_docs")]


@pytest.fixture
def spoilt(csv_file: Path, rows, prepare):
    """42 rows: two unreadable, one grey in each usage, and one of PrivateTest a copy of a Training face."""
    for number, row in BAD_ROWS.items():
        rows[number] = row
    for number in (0, 1, 2):
        rows[number] = (rows[number][0], " ".join([str(number)] * PIXELS), rows[number][2])
    rows[8] = (rows[6][0], rows[6][1], str(Usage.PRIVATE_TEST))
    csv_file.write_text(csv_text(rows))
    return prepare(csv_file)


def test_verdicts_with_reasons_and_a_summary_are_written_also_when_expectations_fail(spoilt, params, outs, capsys):
    generous = params.validate_.model_copy(update={"max_quarantined_rows": 0.1})
    with pytest.raises(InputError, match="The data fail 3 expectations:\n  Training: .*at most 1 % are one grey level"):
        validate(generous, spoilt.raw_table, spoilt.manifests, spoilt.findings, PICTURES, *outs)
    training, public_test, private_test = map(pd.read_parquet, outs[:3])
    assert training.set_index("row").loc[0, ["verdict", "reason"]].tolist() == ["quarantine", "constant"]
    assert (training["verdict"] == "keep").sum() == len(training) - 1
    assert public_test.set_index("row").loc[1, "verdict"] == "flag"
    assert private_test.set_index("row").loc[8, ["verdict", "reason"]].tolist() == ["flag", "copy_of_training"]
    assert pd.read_csv(outs[3], keep_default_na=False)[["row", "reason", "picture"]].to_numpy().tolist() == [
        [3, "emotion", ""], [10, "pixels_count", ""], [0, "constant", "data/images/Training/angry/00000.png"]]
    summary = json.loads(outs[4].read_text())
    assert summary["quarantined_rows"] == {"emotion": 1, "pixels_count": 1}
    assert summary["quarantined"] == [{"row": 3, "detail": "emotion '7'; expected 0 to 6"},
                                      {"row": 10, "detail": "3 pixel values; expected 2304 (48 × 48)"}]
    assert summary["findings"]["PrivateTest"]["copy_of_training"] == 1
    assert (summary["rows"], sum(summary["faces"]["Training"].values())) == (42, 13)
    assert "2 csv rows quarantined" in capsys.readouterr().out


def test_every_failed_expectation_is_listed_with_its_table_and_count(spoilt, params, outs):
    bounds = {"max_quarantined_rows": 0.0, "expected_faces": dict.fromkeys(Usage, 14)}
    strict = params.validate_.model_copy(update=bounds)
    with pytest.raises(InputError, match=r"The data fail \d+ expectations") as refused:
        validate(strict, spoilt.raw_table, spoilt.manifests, spoilt.findings, PICTURES, *outs)
    lines = str(refused.value).splitlines()
    in_set, count = "expect_column_values_to_be_in_set", "expect_table_row_count_to_equal"
    for line in (f"  raw rows: {in_set}: emotion is 0 to 6; 1 of 42 otherwise; first rows: 3 (7)",
                 "  raw rows: expect_column_values_to_be_null: the row can be read as a face; 2 of 42 otherwise; "
                 "first rows: 3 (emotion), 10 (pixels_count)",
                 f"  Training: {in_set}: at most 1 % are one grey level; 1 of 13 otherwise; first rows: 0",
                 f"  PublicTest: {count}: 14 faces; 13"):
        assert line in lines
    assert lines[0] == f"The data fail {len(lines) - 2} expectations:"
    assert lines[-1].startswith(f"See {outs[5]}/index.html. Repair the source, or change its bound")
    assert json.loads(outs[4].read_text())["passed"] is False
    assert (outs[5] / "index.html").exists()


def test_two_validations_of_the_same_data_write_the_same_summary(csv_file, prepare, params, outs):
    prepared = prepare(csv_file)
    texts = set()
    for _ in range(2):
        validate(params.validate_, prepared.raw_table, prepared.manifests, prepared.findings, PICTURES, *outs)
        texts.add(outs[4].read_text())
    assert len(texts) == 1


def test_sound_data_pass(csv_file, prepare, params, outs, capsys):
    prepared = prepare(csv_file)
    validate(params.validate_, prepared.raw_table, prepared.manifests, prepared.findings, PICTURES, *outs)
    assert json.loads(outs[4].read_text())["passed"] is True
    assert {verdict for file in outs[:3] for verdict in pd.read_parquet(file)["verdict"]} == {"keep"}
    assert "expectations met; 0 csv rows quarantined" in capsys.readouterr().out


def listed(tmp_path: Path, content: str) -> LeftOut:
    file = tmp_path / "issues.csv"
    file.write_text(content)
    return LeftOut(file=str(file), sha256=sha256_of(file))


def leaving_out(params, tmp_path: Path, content: str):
    return params.validate_.model_copy(update={"left_out": listed(tmp_path, content)})


def test_faces_of_a_list_leave_training_and_the_quarantine_says_so(csv_file, prepare, params, outs, tmp_path):
    sound = prepare(csv_file)
    rows = pd.read_parquet(sound.findings / "Training.parquet")["row"][:2].tolist()
    content = f"row,why\n{rows[0]},blurred\n{rows[1]},a cartoon\n"
    validate(leaving_out(params, tmp_path, content), sound.raw_table, sound.manifests, sound.findings, PICTURES, *outs)
    training = pd.read_parquet(outs[0]).set_index("row")
    assert training.index[training["verdict"] == "quarantine"].tolist() == rows
    assert training.loc[rows, "reason"].tolist() == ["left_out"] * 2
    quarantine = pd.read_csv(outs[3])
    assert quarantine["detail"].tolist() == ["left out by hand (validate.left_out)"] * 2
    assert json.loads(outs[4].read_text())["findings"]["Training"]["left_out"] == 2


@pytest.mark.parametrize(("content", "message"), [
    ("row\n1\n", r"issues\.csv lists 1 rows that are no Training faces, first 1\. Allowed: rows of Training"),
    ("row\nabc\n", r"issues\.csv is no list of rows: .*Allowed: a csv whose column `row` holds whole numbers"),
    ("face\n0\n", r"issues\.csv has the columns face, and none is `row`"),
    ("", r"issues\.csv is no list of rows: No columns")])
def test_a_list_that_cannot_be_used_is_refused(content, message, csv_file, prepare, params, outs, tmp_path):
    sound = prepare(csv_file)
    with pytest.raises(InputError, match=message):
        validate(leaving_out(params, tmp_path, content), sound.raw_table, sound.manifests, sound.findings, PICTURES,
                 *outs)
    assert not outs[0].exists()


def test_a_list_that_changed_since_it_was_pinned_is_refused(csv_file, prepare, params, outs, tmp_path):
    sound, changed = prepare(csv_file), leaving_out(params, tmp_path, "row\n0\n")
    (tmp_path / "issues.csv").write_text("row\n3\n")
    with pytest.raises(InputError, match=r"issues\.csv has the SHA-256 .* other SHA-256 to validate\.left_out"):
        validate(changed, sound.raw_table, sound.manifests, sound.findings, PICTURES, *outs)
