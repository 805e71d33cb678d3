"""The cards that the report stage writes beside the page."""

import json
from pathlib import Path

import pytest

from tests.reporting.finished_run import Run, make_run

NAMES = ("lenet5", "tiny_vgg")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with its report."""
    made = make_run(tmp_path_factory.mktemp("run"), *NAMES)
    made.report(*NAMES)
    return made


def test_the_champions_card_has_the_figures_of_its_files(run: Run) -> None:
    card = run.champion_card_file.read_text()
    private_test = json.loads(run.metrics("PrivateTest", "lenet5").read_text())
    assert card.startswith("# Champion: lenet5\n\n> **Synthetic faces.**")
    assert f"| PrivateTest, judges | 70 | {100 * private_test['accuracy']:.1f} |" in card
    analysis = json.loads((run.analysis_folder / "lenet5.json").read_text())
    happy = analysis["sets"]["PrivateTest"]["scores"]["emotions"][3]
    assert f"| happy | 10 | {100 * happy['recall']:.1f} |" in card
    assert "| Temperature | 1.20, fitted on PublicTest" in card


def test_the_ensembles_card_names_members_and_votes(run: Run) -> None:
    card = run.ensemble_card_file.read_text()
    assert "| Members and votes | lenet5 × 1, tiny_vgg × 1 |" in card
    assert "mean on PublicTest (rule mean)" in card


@pytest.mark.parametrize("heading", ["## Model", "## Figures", "## By emotion", "## Where it is better and worse",
                                     "## Data", "## Use", "## Limits"])
def test_a_card_has_every_part(run: Run, heading: str) -> None:
    assert heading in run.champion_card_file.read_text()


def test_a_limit_of_its_size_stands_beside_what_chose_the_champion(tmp_path: Path) -> None:
    run = make_run(tmp_path, *NAMES)
    record = json.loads(run.champion_file.read_text())
    run.champion_file.write_text(json.dumps({**record, "max_megabytes": 8.0}))
    page = run.report(*NAMES)
    told = "the best PublicTest accuracy of 2 networks, of those of at most 8 MB"
    assert f"| Chosen by | {told} |" in run.champion_card_file.read_text()
    assert told.removeprefix("the ") in page


def test_without_a_champion_the_card_says_why(tmp_path: Path) -> None:
    run = make_run(tmp_path, *NAMES)
    run.champion_file.unlink()
    run.report(*NAMES)
    assert "There is none: select has chosen none" in run.champion_card_file.read_text()
