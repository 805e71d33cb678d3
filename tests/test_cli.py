"""The `fer` command: what people see when they mistype."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def fer(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "fer_pipeline.cli", *arguments], cwd=cwd, env=environment, text=True,
                          capture_output=True, check=False)


def test_outside_a_checkout_it_says_where_to_go(tmp_path: Path) -> None:
    done = fer("profile", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"error: no dvc.yaml in {tmp_path} or above. Run fer inside a checkout of the FER pipeline.\n"


def test_in_another_checkout_it_says_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    done = fer("profile", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: this fer belongs to the checkout {ROOT}, not to {tmp_path}. ")


def test_profiles_are_listed_with_the_current_one_marked() -> None:
    assert fer("profile").stdout.split("\n") == ["  fer2013", "* sample", ""]


def test_an_unknown_profile_names_the_choices() -> None:
    done = fer("profile", "fer2014")
    assert done.returncode == 1
    assert done.stderr.startswith("error: Unknown profile 'fer2014'. Available: fer2013, sample.")


def test_a_source_that_is_no_csv_is_refused() -> None:
    done = fer("source", "nowhere/fer2013.csv")
    assert done.returncode == 1
    assert "nowhere/fer2013.csv is no csv file" in done.stderr


def test_a_relative_source_is_meant_from_where_the_command_runs() -> None:
    done = fer("source", "here.csv", cwd=ROOT / "tests")
    assert f"{ROOT / 'tests' / 'here.csv'} is no csv file" in done.stderr


@pytest.mark.parametrize("command", ["train-all", "report", "profile", "source"])
def test_every_command_has_help(command: str) -> None:
    assert "Usage:" in fer(command, "--help").stdout
