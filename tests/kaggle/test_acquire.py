"""From Kaggle's API to the pinned source of a checkout, through the stage itself."""

import json
from pathlib import Path

import pytest

from fer_pipeline import profiles
from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import parse_source
from fer_pipeline.params import SampleParams, load_params
from fer_pipeline.stages.acquire import acquire
from tests.kaggle.kaggle_server import named_by_usage

OUT = (Path("source"), Path("provenance.json"))
RULES = "kaggle-competition:challenges-in-representation-learning-facial-expression-recognition-challenge"


@pytest.fixture(scope="session")
def archive(faces) -> bytes:
    """21 faces in the layout of msambare/fer2013."""
    return named_by_usage(faces(21))


def acquired() -> dict:
    acquire(load_params().acquire, SampleParams(faces=140, seed=3), *OUT)
    return json.loads(OUT[1].read_text())


@pytest.mark.usefixtures("checkout")
def test_a_data_set_is_pinned_by_its_newest_version_and_acquired(kaggle, archive):
    profiles.take_kaggle(parse_source("kaggle:anna/faces"))
    pinned = load_params().acquire
    assert (pinned.source, pinned.version, pinned.sha256) == ("kaggle:anna/faces", 3, None)
    facts = acquired()
    assert (OUT[0] / "anna-faces-v3.zip").read_bytes() == archive
    assert (facts["version"], facts["licence"], facts["rows"], facts["split"]) == (3, "DbCL-1.0", 21, "official")
    assert facts["parts"] == {"PrivateTest": 7, "PublicTest": 7, "Training": 7}
    assert facts["layout"] == "pictures named by usage, as msambare/fer2013"
    acquired()
    assert len(kaggle.fetches()) == 1     # what was downloaded once is checked and taken again


@pytest.mark.usefixtures("checkout", "kaggle")
def test_the_files_of_a_competition_are_pinned_by_their_content():
    profiles.take_kaggle(parse_source(RULES))
    pinned = load_params().acquire
    facts = acquired()
    assert (pinned.version, pinned.sha256) == (None, facts["sha256"])
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace(facts["sha256"], "a" * 64))
    with pytest.raises(InputError, match=rf"{RULES} has sha256 {facts['sha256']}; params\.yaml pins aaaa"):
        acquired()


@pytest.mark.parametrize(("acquire_section", "message"), [
    ({"source": "kaggle:anna/faces", "version": None}, "needs a pinned version, a whole number from 1"),
    ({"source": RULES, "version": 2}, "has no versions"),
    ({"source": "path", "version": 2}, "source: path has no version"),
    ({"source": "sample", "version": 2}, "source: sample has neither sha256 nor version"),
    ({"source": "kagle:anna/faces", "version": 1}, r"'kagle:anna/faces' is no source\. Allowed: sample, path, kaggle:"),
])
@pytest.mark.usefixtures("checkout")
def test_a_source_with_the_wrong_pin_is_refused_by_name(acquire_section, message):
    from ruamel.yaml import YAML

    content = YAML(typ="safe").load(Path("params.yaml"))
    content["acquire"] = {"sha256": None, **acquire_section}
    YAML().dump(content, Path("params.yaml"))
    with pytest.raises(InputError, match=message):
        load_params()
