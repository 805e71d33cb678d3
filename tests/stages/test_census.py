import json
import shutil

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import PIXELS, Usage


@pytest.fixture
def spoilt_csv(csv_file, rows):
    """Row 0 grey, row 6 of Training again as row 8 of PrivateTest under another emotion."""
    rows[0] = (rows[0][0], " ".join(["7"] * PIXELS), rows[0][2])
    rows[8] = (str((int(rows[6][0]) + 1) % 7), rows[6][1], str(Usage.PRIVATE_TEST))
    csv_file.write_text(csv_text(rows))
    return csv_file


@pytest.fixture
def spoilt(spoilt_csv, prepare):
    return prepare(spoilt_csv)


def test_the_log_names_what_was_found(spoilt_csv, prepare, capsys):
    prepare(spoilt_csv)
    assert "\nTraining: constant 1\nPublicTest: nothing\nPrivateTest: copy of training 1, conflicting label 1\n" in (
        capsys.readouterr().out)


def test_findings_are_written_by_usage_and_counted_together(spoilt):
    found = {usage: pd.read_parquet(spoilt.findings / f"{usage}.parquet").set_index("row") for usage in Usage}
    assert found[Usage.TRAINING].loc[0, "constant"]
    assert found[Usage.PRIVATE_TEST].loc[8, ["copy_of_training", "conflicting_label"]].all()
    assert not found[Usage.TRAINING]["conflicting_label"].any()
    counted = json.loads(spoilt.census.read_text())
    assert counted["constant"]["rows"] == [0]
    assert counted["conflicting_labels"]["rows"] == [[6, 8]]


def test_what_every_tagger_calls_no_face_is_found_where_there_are_votes(csv_file, rows, prepare):
    assert "not_a_face" not in pd.read_parquet(prepare(csv_file).findings / "Training.parquet")
    numbers = {usage: [number for number, row in enumerate(rows) if row[2] == usage] for usage in Usage}
    votes = {usage: pd.DataFrame({"row": of} | dict.fromkeys(VOTES, 0)).assign(NF=10) for usage, of in numbers.items()}
    for usage in Usage:
        votes[usage].loc[2:, ["NF", "fear"]] = [9, 1]
    prepared = prepare(csv_file, votes)
    for usage in Usage:
        found = pd.read_parquet(prepared.findings / f"{usage}.parquet")
        assert found.loc[found["not_a_face"], "row"].tolist() == numbers[usage][:2]
    counted = json.loads(prepared.census.read_text())["not_a_face"]
    assert (counted["faces"], counted["per_usage"]) == (6, dict.fromkeys(map(str, Usage), 2))


def test_the_same_faces_give_the_same_bytes(spoilt, spoilt_csv, prepare):
    files = [*sorted(spoilt.findings.iterdir()), spoilt.census]
    before = [file.read_bytes() for file in files]
    shutil.rmtree(spoilt.findings)
    prepare(spoilt_csv)
    assert [file.read_bytes() for file in files] == before


def test_a_face_of_private_test_changes_no_finding_about_training(csv_file, rows, prepare):
    prepared = prepare(csv_file)
    training = (prepared.findings / "Training.parquet").read_bytes()
    private = [number for number, row in enumerate(rows) if row[2] == Usage.PRIVATE_TEST]
    for number in private:
        rows[number] = (rows[number][0], rows[np.random.default_rng(number).integers(0, 3) * 3][1], rows[number][2])
    csv_file.write_text(csv_text(rows))
    prepare(csv_file)
    assert (prepared.findings / "Training.parquet").read_bytes() == training
