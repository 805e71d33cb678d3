import hashlib
import json
from pathlib import Path

import cv2
import pytest

from fer_pipeline import profiles
from fer_pipeline.errors import InputError
from fer_pipeline.layouts.official import OFFICIAL_MD5
from fer_pipeline.params import AcquireParams, SampleParams, load_params
from fer_pipeline.stages.acquire import acquire

SAMPLE = SampleParams(faces=140, seed=3)
OUT = (Path("source"), Path("provenance.json"))


@pytest.fixture
def pinned(checkout: Path, csv_file: Path) -> AcquireParams:
    """A local csv pinned by `fer source`, in a checkout."""
    profiles.take_source(csv_file)
    return load_params(checkout / "params.yaml").acquire


def test_a_pinned_file_is_copied_with_its_provenance(pinned, csv_file):
    acquire(pinned, SAMPLE, *OUT)
    assert (OUT[0] / csv_file.name).read_bytes() == csv_file.read_bytes()
    facts = json.loads(OUT[1].read_text())
    assert facts["sha256"] == hashlib.sha256(csv_file.read_bytes()).hexdigest()
    assert (facts["source"], facts["synthetic"], facts["rows"]) == ("path", False, 42)
    assert (facts["layout"], facts["split"], facts["member"]) == ("fer2013.csv", "official", "fer2013.csv")
    assert str(csv_file) not in OUT[1].read_text()     # what DVC hashes names no place on this machine


@pytest.mark.usefixtures("checkout")
def test_a_sample_is_named_synthetic_and_the_same_seed_draws_the_same():
    acquire(AcquireParams(source="sample", version=None, sha256=None), SAMPLE, *OUT)
    facts = json.loads(OUT[1].read_text())
    assert facts["synthetic"] is True
    assert "synthetic" in facts["description"]
    drawn = (OUT[0] / "fer2013.csv").read_bytes()
    assert facts["sha256"] == hashlib.sha256(drawn).hexdigest()
    acquire(AcquireParams(source="sample", version=None, sha256=None), SAMPLE, *OUT)
    assert (OUT[0] / "fer2013.csv").read_bytes() == drawn


@pytest.mark.usefixtures("checkout")
def test_a_path_without_a_pin_is_refused_with_the_commands():
    with pytest.raises(InputError, match=r"acquire\.sha256 is null\)\. Run `fer source PATH`.*`fer profile sample`"):
        acquire(AcquireParams(source="path", version=None, sha256=None), SAMPLE, *OUT)


@pytest.mark.usefixtures("checkout")
def test_a_pin_without_a_path_here_is_refused():
    with pytest.raises(InputError, match=r"this checkout does not know which\. Run `fer source PATH`"):
        acquire(AcquireParams(source="path", version=None, sha256="0" * 64), SAMPLE, *OUT)


def test_a_file_that_is_gone_is_refused_by_its_path(pinned, csv_file):
    csv_file.unlink()
    with pytest.raises(InputError, match=rf"{csv_file} is not there\. Bring it back"):
        acquire(pinned, SAMPLE, *OUT)


def test_changed_content_is_refused_with_both_checksums(pinned, csv_file):
    csv_file.write_text(csv_file.read_text() + "\n")
    now = hashlib.sha256(csv_file.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=rf"has sha256 {now}; params\.yaml pins {pinned.sha256}\. Bring"):
        acquire(pinned, SAMPLE, *OUT)
    assert not list(OUT[0].iterdir())
    assert not OUT[1].exists()


@pytest.mark.usefixtures("checkout")
def test_a_folder_is_packed_and_pinned_by_what_it_holds(tmp_path, faces):
    for number, face in enumerate(faces(6).pixels):
        file = tmp_path / "mine" / "happy" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), face)
    profiles.take_source(tmp_path / "mine")
    pinned = load_params().acquire
    acquire(pinned, SAMPLE, *OUT)
    facts = json.loads(OUT[1].read_text())
    assert (facts["file"], facts["rows"], facts["split"], facts["sha256"]) == (
        "mine.zip", 6, "own split", pinned.sha256)
    assert facts["parts"] == {"undecided": 6}
    (tmp_path / "mine" / "happy" / "0.png").unlink()
    with pytest.raises(InputError, match=r"mine has sha256 .*Bring the pinned content back"):
        acquire(pinned, SAMPLE, *OUT)


@pytest.mark.parametrize("official", [None, "fer2013.csv"])
def test_a_csv_is_compared_with_the_official_ones_by_its_md5(pinned, csv_file, monkeypatch, capsys, official):
    digest = hashlib.md5(csv_file.read_bytes(), usedforsecurity=False).hexdigest()
    monkeypatch.setitem(OFFICIAL_MD5, digest, official)
    acquire(pinned, SAMPLE, *OUT)
    facts = json.loads(OUT[1].read_text())
    assert (facts["csv_md5"], facts["official_file"]) == (digest, official)
    said = f"the official {official} to the byte" if official else f"MD5 {digest} is that of no official csv"
    assert said in capsys.readouterr().out
