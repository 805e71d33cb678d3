import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import parse_source
from fer_pipeline.kaggle.fetch import fetch, latest_version
from tests.kaggle.conftest import QUICK
from tests.kaggle.kaggle_server import API, LOGIN, STORAGE

FACES = parse_source("kaggle:anna/faces")
NAME = "anna-faces-v3.zip"
RULES = "kaggle-competition:challenges-in-representation-learning-facial-expression-recognition-challenge"


def get(source=FACES, version=3, *, folder: Path, patience=QUICK, said=None) -> dict:
    return fetch(source, version, folder, (said if said is not None else []).append, patience)


def test_a_data_set_comes_as_its_archive_with_its_provenance(kaggle, archive, tmp_path):
    facts = get(folder=tmp_path / "new" / "raw")
    assert (tmp_path / "new" / "raw" / NAME).read_bytes() == archive
    assert [file.name for file in (tmp_path / "new" / "raw").iterdir()] == [NAME]
    assert facts == {
        "source": "kaggle:anna/faces", "version": 3, "licence": "DbCL-1.0",
        "url": "https://www.kaggle.com/datasets/anna/faces",
        "files": [{"name": NAME, "bytes": len(archive), "md5": hashlib.md5(archive).hexdigest(),
                   "sha256": hashlib.sha256(archive).hexdigest()}]}
    [asked] = kaggle.asked(API, "DownloadDataset")
    assert asked.body == {"ownerSlug": "anna", "datasetSlug": "faces", "datasetVersionNumber": 3}


def test_the_account_is_shown_to_kaggle_and_not_to_its_storage(kaggle, tmp_path):
    get(folder=tmp_path / "raw")
    assert {seen.headers["Authorization"] for seen in kaggle.asked(API)} == {f"Basic {LOGIN}"}
    assert kaggle.asked(STORAGE)
    assert not any("Authorization" in seen.headers for seen in kaggle.asked(STORAGE))


def test_a_public_data_set_comes_without_an_account(kaggle, no_account, monkeypatch, tmp_path):     # noqa: ARG001
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    assert get(folder=tmp_path / "raw")["version"] == 3
    assert not any("Authorization" in seen.headers for seen in kaggle.seen)


def test_a_file_that_is_here_and_agrees_is_not_fetched_again(kaggle, tmp_path):
    facts, said = get(folder=tmp_path / "raw"), []
    assert get(folder=tmp_path / "raw", said=said) == facts
    assert len(kaggle.fetches()) == 1
    assert said == [f"{tmp_path / 'raw' / NAME} is here already, and its checksum agrees"]


def test_a_file_that_is_here_and_damaged_is_fetched_again(kaggle, archive, tmp_path):
    (tmp_path / NAME).write_bytes(archive[:-1])
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert len(kaggle.fetches()) == 1


def test_progress_comes_in_lines_with_bytes_rate_and_time_left(kaggle, tmp_path):       # noqa: ARG001
    said = []
    get(folder=tmp_path / "raw", said=said)
    assert said[0] == f"Downloading kaggle:anna/faces version 3 to {tmp_path / 'raw' / NAME}"
    assert len(said) > 4
    for line in said[1:-1]:
        assert re.fullmatch(r"  [█░]{20} +\d+%  0\.\d of 0\.3 MB  [\d.]+ MB/s  ETA \d:\d\d", line)
    assert "0.3 MB in 0:0" in said[-1]
    assert not any("\r" in line for line in said)


def test_all_files_of_a_competition_come_as_one_archive(kaggle, tmp_path):
    facts = get(parse_source(RULES), None, folder=tmp_path)
    slug = RULES.partition(":")[2]
    assert (facts["version"], facts["files"][0]["name"]) == (None, f"{slug}.zip")
    assert facts["licence"] == f"rules of the competition: https://www.kaggle.com/competitions/{slug}/rules"
    [asked] = kaggle.asked(API)
    assert asked.path.endswith("DownloadDataFiles")
    assert asked.body == {"competitionName": slug}


@pytest.mark.parametrize(("delivered", "name"), [
    ("icml_face_data.csv", "icml_face_data.csv"), ("icml_face_data.csv.zip", "icml_face_data.csv.zip")])
def test_one_file_of_a_competition_comes_as_kaggle_delivers_it(kaggle, tmp_path, delivered, name):
    kaggle.delivered = delivered
    facts = get(parse_source(f"{RULES}/icml_face_data.csv"), None, folder=tmp_path)
    assert [file["name"] for file in facts["files"]] == [name]
    [asked] = kaggle.asked(API)
    assert asked.path.endswith("DownloadDataFile")
    assert asked.body == {"competitionName": RULES.partition(":")[2], "fileName": "icml_face_data.csv"}


def test_the_newest_version_is_told(kaggle):
    assert latest_version(FACES, patience=QUICK) == 3
    [asked] = kaggle.asked(API)
    assert asked.body == {"ownerSlug": "anna", "datasetSlug": "faces"}


def test_a_data_set_without_a_licence_says_where_to_look(kaggle, tmp_path):
    kaggle.licence = None
    assert get(folder=tmp_path)["licence"] == "not told by Kaggle; see https://www.kaggle.com/datasets/anna/faces"


@pytest.mark.usefixtures("kaggle")
def test_a_competition_has_no_versions(tmp_path):
    with pytest.raises(InputError, match="has no versions: Kaggle numbers those of data sets alone"):
        latest_version(parse_source(RULES), patience=QUICK)
    with pytest.raises(InputError, match="has no versions. Received: 1. Leave the version out"):
        get(parse_source(RULES), 1, folder=tmp_path)


@pytest.mark.parametrize("version", [None, 0])
def test_a_data_set_needs_a_pinned_version(tmp_path, version):
    with pytest.raises(InputError, match=f"needs a pinned version, a whole number from 1. Received: {version}"):
        get(version=version, folder=tmp_path)


def test_without_a_checksum_what_is_no_archive_is_refused(kaggle, tmp_path):
    kaggle.md5, kaggle.content = False, b"<html>Log in</html>" * 100
    with pytest.raises(InputError, match=f"what came for {NAME} is no such archive. Given up after 2 tries"):
        get(folder=tmp_path)
    assert list(tmp_path.glob("anna*")) == []


def test_without_a_checksum_an_archive_is_taken_and_said_so(kaggle, tmp_path):
    kaggle.md5, said = False, []
    get(folder=tmp_path, said=said)
    assert zipfile.is_zipfile(tmp_path / NAME)
    assert "  Kaggle tells no checksum; the size alone is checked" in said
