"""The stage `votes`, behind `fer ferplus`."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from fer_pipeline import profiles
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.local import FERPLUS_FILE
from fer_pipeline.ferplus.table import COLUMNS
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import Usage
from fer_pipeline.params import FerplusParams, load_params
from fer_pipeline.stages.votes import votes

OUT = [Path(f"{usage}.parquet") for usage in Usage]
PARAMS = Path("params.yaml")


@pytest.fixture
def votes_file(checkout: Path) -> Path:
    """Votes on 42 rows, the usages in turn: row 3 is no face."""
    lines = [",".join(COLUMNS)]
    for row in range(42):
        counts = {"NF": 10} if row == 3 else {"happiness": 9} if row == 6 else {"neutral": 6, "fear": 4}
        name = "" if row == 3 else f"fer{row:07}.png"
        lines.append(",".join([list(Usage)[row % 3], name, *(str(counts.get(vote, 0)) for vote in VOTES)]))
    file = checkout / "mine" / "fer2013new.csv"
    file.parent.mkdir()
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def run(checkout: Path, csv_file: Path, prepare: Callable) -> Callable[[], None]:
    """Runs the stage on a source of 42 rows, with the pin of params.yaml."""
    provenance = {"synthetic": False, "layout": "fer2013.csv", "split": "official", "description": "a local csv"}
    (checkout / "provenance.json").write_text(json.dumps(provenance))
    raw_table = prepare(csv_file).raw_table
    return lambda: votes(load_params().ferplus, raw_table, checkout / "provenance.json", *OUT)


@pytest.mark.usefixtures("checkout")
def test_without_a_pin_the_tables_are_empty_and_nothing_is_read(capsys):
    votes(FerplusParams(sha256=None), Path("nowhere.parquet"), Path("nowhere.json"), *OUT)
    for file in OUT:
        table = pd.read_parquet(file)
        assert (len(table), list(table.columns)) == (0, ["row", *VOTES])
        assert str(table["row"].dtype) == "int32"
        assert set(map(str, table[list(VOTES)].dtypes)) == {"uint8"}
    assert "No FER+ votes are pinned" in capsys.readouterr().out


def test_every_usage_gets_its_rows_and_no_other(run, votes_file, capsys):
    profiles.take_ferplus(votes_file)
    run()
    for number, file in enumerate(OUT):
        table = pd.read_parquet(file)
        assert table["row"].tolist() == list(range(number, 42, 3))
        assert list(table.columns) == ["row", *VOTES]
        assert set(map(str, table[list(VOTES)].dtypes)) == {"uint8"}
    assert pd.read_parquet(OUT[0]).set_index("row").loc[3, "NF"] == 10
    assert ("Training: 14 rows, 1 of them not a face to every tagger, 1 without an image name, 1 with fewer than 10 "
            "votes") in capsys.readouterr().out


def test_the_tables_join_the_manifests_by_row(run, votes_file, tmp_path):
    profiles.take_ferplus(votes_file)
    run()
    for usage, file in zip(Usage, OUT, strict=True):
        manifest = pd.read_parquet(tmp_path / "prepared" / "manifests" / f"{usage}.parquet")
        assert len(manifest.merge(pd.read_parquet(file), on="row", validate="1:1")) == len(manifest)


def test_the_pin_is_the_content_and_the_path_stays_out_of_params_yaml(votes_file):
    before = load_params()
    diff = profiles.take_ferplus(votes_file)
    digest = hashlib.sha256(votes_file.read_bytes()).hexdigest()
    assert load_params().ferplus.sha256 == digest
    assert [line for line in diff[2:] if line.startswith("+")][0].startswith(f"+  sha256: {digest}")
    assert YAML(typ="safe").load(FERPLUS_FILE) == {"path": str(votes_file)}
    assert votes_file.parent.name + "/" not in PARAMS.read_text()
    profiles.take_ferplus(None)
    assert load_params() == before
    assert not FERPLUS_FILE.exists()


def test_a_pin_does_not_keep_from_another_profile(votes_file):
    profiles.take_ferplus(votes_file)
    assert profiles.switch("fer2013", force=False)


@pytest.mark.parametrize(("path", "problem"), [
    ("params.yaml", "has .*; expected the columns"), ("mine", "is not there, or no file"),
    ("nothing.csv", "is not there")])
@pytest.mark.usefixtures("votes_file")
def test_what_is_no_votes_file_is_refused_and_changes_nothing(path, problem):
    before = PARAMS.read_bytes()
    with pytest.raises(InputError, match=rf"{path} {problem}"):
        profiles.take_ferplus(Path(path))
    assert PARAMS.read_bytes() == before
    assert not FERPLUS_FILE.exists()


def test_changed_content_is_refused_with_both_checksums(run, votes_file):
    profiles.take_ferplus(votes_file)
    pinned = load_params().ferplus.sha256
    votes_file.write_text(votes_file.read_text() + "\n")
    now = hashlib.sha256(votes_file.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=rf"has sha256 {now}; params\.yaml pins {pinned}\. Bring the pinned content"):
        run()


def test_a_pin_without_a_path_here_is_refused_with_the_command(run, votes_file):
    profiles.take_ferplus(votes_file)
    FERPLUS_FILE.unlink()
    with pytest.raises(InputError, match=r"this checkout does not know where they are\. Run `fer ferplus PATH`"):
        run()
