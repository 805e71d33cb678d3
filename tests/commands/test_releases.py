"""`fer releases` and `fer rollback` in a real repository."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_pipeline.cli import app
from fer_pipeline.errors import InputError
from fer_pipeline.promotion.releases import put_in_use, register
from tests.comparing.checkouts import Checkout
from tests.promotion.made_runs import make_checkout, write_run


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The current folder: two releases, 20 and 30 of 60 faces right, the second in use."""
    made = make_checkout(tmp_path / "checkout")
    for right, kind in ((20, "first"), (30, "better")):
        put_in_use(made.folder, register(made.folder, write_run(made, right), kind,     # type: ignore[arg-type]
                                         f"net\n\nbecause of {right}"), f"because of {right}")
    monkeypatch.chdir(made.folder)
    return made


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False, obj=Path.cwd())
    assert result.exit_code == 0, result.output
    return result.output


def test_releases_are_listed_with_figure_date_and_the_one_in_use(made: Checkout):
    newest, oldest = (line for line in said("releases").splitlines() if " v1." in line and "since" not in line)
    assert re.match(r"\*\s+v1\.1\.0\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+net\s+50\.0 % \[37\.7, 62\.3\], 60 faces"
                    r"\s+[0-9a-f]{10}\s+because of 30$", newest)
    assert re.match(r"\s+v1\.0\.0\s.*33\.3 % \[22\.7, 45\.9\], 60 faces.*because of 20$", oldest)
    assert "v1.1.0 is in use since " in said("releases")
    assert made.run("git", "status", "--porcelain") == ""


def test_a_rollback_is_one_tag_with_its_reason(made: Checkout):
    assert said("rollback", "--reason", "slow on phones").startswith("v1.0.0 is in use (champion#prod#")
    listed = said("releases")
    assert re.search(r"\*\s+v1\.0\.0", listed)
    assert "From v1.1.0 to v1.0.0: slow on phones" in listed
    assert made.run("git", "status", "--porcelain") == ""


@pytest.mark.usefixtures("made")
def test_a_rollback_without_a_reason_is_refused():
    assert CliRunner().invoke(app, ["rollback"], obj=Path.cwd()).exit_code == 2
    with pytest.raises(InputError, match="--reason is empty"):
        said("rollback", "--reason", " ")


def test_a_release_whose_files_are_gone_is_still_listed(made: Checkout):
    (made.folder / ".dvc/cache").rename(made.folder.parent / "cache")
    assert "not in DVC's cache or remote" in said("releases")


def test_without_releases_the_way_to_the_first_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = make_checkout(tmp_path / "checkout")
    write_run(made, 20)
    monkeypatch.chdir(made.folder)
    assert said("releases").startswith("There is no release yet. `python -m flows.retrain` makes one")
