import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.exporting import ship as module
from fer_pipeline.exporting.ship import ship
from fer_pipeline.predicting.networks import open_network
from tests.exporting.made_run import ENTRY, Run, made_run


@pytest.fixture
def run(tmp_path, made_networks, recipe, faces) -> Run:
    return made_run(tmp_path / "run", made_networks["flat"], recipe(), faces)


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """Where the shipped network would lie."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(module, "SHIPPED", folder)
    return folder


def _report(run: Run) -> None:
    report = run.folder / "artifacts/report"
    report.mkdir()
    (report / "champion_card.md").write_text(f"# Champion: {ENTRY}\n\nFigures.\n")


def test_the_champion_of_a_run_is_shipped_with_its_card_and_its_recipe(run, package):
    _report(run)
    pinned = ship(run.folder, "faces of mine")
    assert pinned == sha256_of(run.model) == sha256_of(package / "champion.keras")
    card = open_network(package / "champion.onnx").card
    assert (card.name, card.trained_on, card.model_sha256) == (ENTRY, "faces of mine", pinned)
    told = (package / "README.md").read_text()
    assert told.startswith(f"# Champion: {ENTRY}\n\nFigures.\n\n## How it was made\n\nThe entry of params.yaml, on")
    assert f"```yaml\n{ENTRY}:\n  architecture: lenet5\n" in told
    assert pinned in told


def test_a_students_page_says_who_taught_it(run, package):
    file = run.folder / "params.yaml"
    settings = YAML(typ="safe").load(file)
    entry = settings["architectures"].pop(ENTRY) | {"teacher": {"share": 0.7, "temperature": 1.0}}
    YAML(typ="safe").dump(settings | {"students": {ENTRY: entry}}, file)
    artifacts = run.folder / "artifacts"
    for name in ("students/models", "students/predictions", "predictions/students"):
        (artifacts / name).mkdir(parents=True)
    (artifacts / f"students/models/{ENTRY}.keras").write_bytes(run.model.read_bytes())
    (artifacts / "predictions/PublicTest").rename(artifacts / "students/predictions/PublicTest")
    (artifacts / "predictions/PrivateTest").rename(artifacts / "predictions/students/PrivateTest")
    members = [{"architecture": name, "votes": votes, "model_sha256": "ab" * 32}
               for name, votes in (("a", 2), ("b", 1))]
    (artifacts / "students/teacher.json").write_text(json.dumps({"members": members}))
    _report(run)
    ship(run.folder, "faces of mine")
    page = (package / "README.md").read_text()
    assert "```\n\nIt is a student of the vote of a × 2, b.\n\n`champion.onnx` answers" in page


def test_a_run_without_its_report_is_not_shipped(run, package):
    with pytest.raises(InputError, match=r"There is no .*report/champion_card\.md\. Name a checkout in which"):
        ship(run.folder, "faces of mine")
    assert not list(package.iterdir())
