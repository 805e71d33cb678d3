"""The `fer` command: what people see when they mistype."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from fer_pipeline import architectures
from fer_pipeline.cli import app

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
    (tmp_path / ".dvc").mkdir()
    done = fer("profile", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: this fer belongs to the checkout {ROOT}, not to {tmp_path}. ")


@pytest.mark.parametrize("folder", [".", "tests", "results"])
def test_profiles_are_listed_with_the_current_one_marked(folder: str) -> None:
    assert fer("profile", cwd=ROOT / folder).stdout.split("\n") == ["  fer2013", "  own", "* sample", ""]


def test_an_unknown_profile_names_the_choices() -> None:
    done = fer("profile", "fer2014")
    assert done.returncode == 1
    assert done.stderr.startswith("error: Unknown profile 'fer2014'. Available: fer2013, own, sample.")


def test_a_source_that_is_not_there_is_refused() -> None:
    done = fer("source", "nowhere/fer2013.csv")
    assert done.returncode == 1
    assert "nowhere/fer2013.csv is not there" in done.stderr


def test_a_relative_source_is_meant_from_where_the_command_runs() -> None:
    done = fer("source", "here.csv", cwd=ROOT / "tests")
    assert f"{ROOT / 'tests' / 'here.csv'} is not there" in done.stderr


def test_votes_that_are_not_there_are_refused_from_where_the_command_runs() -> None:
    done = fer("ferplus", "fer2013new.csv", cwd=ROOT / "tests")
    assert done.returncode == 1
    assert f"{ROOT / 'tests' / 'fer2013new.csv'} is not there, or no file." in done.stderr


@pytest.mark.parametrize("command", get_command(app).commands)
def test_every_command_has_help(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert (done.exit_code, done.exception) == (0, None)
    assert "Usage:" in done.stdout


def test_help_holds_nothing_that_rich_takes_for_markup_and_leaves_out() -> None:
    told = {f"{name} {option.name}": option.help for name, command in get_command(app).commands.items()
            for option in command.params if getattr(option, "help", None)}
    assert len(told) > 30
    assert not {option for option, text in told.items() if "[" in text}


def test_help_tells_a_default_that_is_no_value() -> None:
    assert "[default: (champion)]" in fer("predict", "--help").stdout


def test_models_lists_every_architecture_without_colours() -> None:
    done = CliRunner().invoke(app, ["models"], obj=ROOT)
    assert (done.exit_code, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.splitlines()[3:] if line][:len(architectures.names())]
    assert sorted(listed) == architectures.names()
    assert "\x1b" not in done.stdout


def test_one_model_is_told_and_drawn_without_notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)    # pytest-xdist sets it
    done = fer("models", "lenet5", "--out", str(tmp_path / "new" / "lenet5.svg"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("lenet5\n\n  source ")
    assert "average_pooling2d (AveragePooling2D)" in done.stdout
    assert done.stdout.endswith(f"Drawing: {tmp_path / 'new' / 'lenet5.svg'}\n")
    assert "168,971 parameters · 0.001 GFLOP a face" in (tmp_path / "new" / "lenet5.svg").read_text()


def test_models_for_machines_are_json() -> None:
    done = CliRunner().invoke(app, ["models", "lenet5", "--json"], obj=ROOT)
    assert [(told["name"], told["parameters"]) for told in json.loads(done.stdout)] == [("lenet5", 168_971)]


@pytest.mark.parametrize(("arguments", "said"), [
    (("lenet6",), "error: Unknown architecture 'lenet6'. Available: basic_cnn_notebook, "),
    (("lenet5", "--out", "lenet5.pdf"), f"error: {ROOT}/lenet5.pdf cannot be drawn: it ends in '.pdf'. Allowed: .svg, "
                                        ".png. Correct --out."),
    (("--out", "lenet5.svg"), f"error: {ROOT}/lenet5.svg is for the drawing of one architecture, and none is named."),
])
def test_models_says_what_to_correct(arguments: tuple[str, ...], said: str) -> None:
    done = fer("models", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
