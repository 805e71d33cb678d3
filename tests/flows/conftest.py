"""Real checkouts with a tiny pipeline: real DVC, real Prefect, real trainings, 300 faces."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 1800     # of a test: the first one runs the whole pipeline before, and the machine may be busy
COPIED = (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "dvc.yaml", "prefect.yaml", "pyproject.toml")
RECIPE = {
    "recipe": "tiny", "epochs": 2, "batch_size": 32, "optimizer": {"name": "adam", "learning_rate": 0.001},
    "checkpoint": {"keep": "best"}, "augmentation": {"horizontal_flip": True},
}
ARCHITECTURES = {
    "lenet5": {**RECIPE, "architecture": "lenet5",
               "hyperparameters": {"size": 20, "filters": [2, 4], "units": [8, 8]}},
    "four_conv_cnn": {**RECIPE, "architecture": "four_conv_cnn",
                      "hyperparameters": {"filters": [4, 4, 4, 4], "units": [8, 8]}},
}
STUDENTS = {"pupil": {**ARCHITECTURES["lenet5"], "teacher": {"share": 0.7, "temperature": 2.0}}}


def pytest_itemcollected(item: pytest.Item) -> None:
    """One worker runs the tests of the finished checkout, so that it is made once; the other runs those without."""
    if not item.get_closest_marker("timeout"):
        item.add_marker(pytest.mark.timeout(MOST_SECONDS))
    if "finished" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.xdist_group("flows"))


@dataclass(frozen=True)
class Checkout:
    """A checkout of the project in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, check: bool = True) -> str:
        """Run `python -m COMMAND` in it and return what it printed."""
        done = subprocess.run([sys.executable, "-m", *command], cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def train_all(self, *options: str, check: bool = True) -> str:
        return self.run("fer_pipeline.cli", "train-all", "--slots", "2", *options, check=check)

    def outcomes(self) -> dict[str, str]:
        """How each stage of the last flow run ended."""
        last = (self.folder / ".fer/runs/flows.jsonl").read_text().splitlines()[-1]
        return json.loads(last)["outcomes"]

    def ran(self) -> list[str]:
        """Stages whose commands ran, by every way of starting them, oldest first."""
        return [record["stage"] for record in self.records()]

    def records(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / ".fer/runs/stages.jsonl").read_text().splitlines()]

    def lock(self) -> dict:
        return YAML(typ="safe").load(self.folder / "dvc.lock")

    def commit(self) -> None:
        """Commit what changed in files that git knows."""
        git(self.folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-am", "change")

    def edit_params(self, change: Callable[[dict], None]) -> None:
        edit_yaml(self.folder / "params.yaml", change)

    def edit(self, file: str, before: str, after: str) -> None:
        text = (self.folder / file).read_text()
        assert before in text
        (self.folder / file).write_text(text.replace(before, after))


def edit_yaml(file: Path, change: Callable[[dict], None]) -> None:
    content = YAML(typ="safe").load(file)
    change(content)
    YAML(typ="safe").dump(content, file)


def _tiny(params: dict) -> None:
    params["sample"]["faces"] = 300
    params["validate"]["max_quarantined_rows"] = 0.05      # the planted rows weigh more among 300
    params["architectures"] = ARCHITECTURES
    params["students"] = STUDENTS
    params["export"] |= {"calibration_faces": 50, "max_int8_loss": None}     # a face of PublicTest is points there
    params["examine"] |= {"faces_each": 1, "corruptions": dict.fromkeys(params["examine"]["corruptions"], []) | {
        "occluded_mouth": [16]}}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of every process in the checkouts: own slots, own Prefect home, this interpreter's `python`, no telemetry.

    DVC runs its commands with the plain shell, which on Debian stays between DVC and the stage.
    """
    home = tmp_path_factory.mktemp("home")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "FER_SLOTS_FOLDER": str(home / "slots"), "PREFECT_HOME": str(home / "prefect"),
           "DO_NOT_TRACK": "1", "SHELL": "/bin/sh", "CUDA_VISIBLE_DEVICES": "-1", "FER_SLOTS": "2"}
    return {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")} | own


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Callable[[], Checkout]:
    """Makes a git and DVC checkout with the tiny pipeline and nothing run yet."""

    def make() -> Checkout:
        folder = tmp_path_factory.mktemp("checkout")
        for name in ("fer_pipeline", "flows", "profiles"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / ".dvc").mkdir()
        for name in COPIED:
            shutil.copyfile(ROOT / name, folder / name)
        shutil.copyfile(ROOT / "profiles" / "sample.yaml", folder / "params.yaml")
        edit_yaml(folder / "params.yaml", _tiny)
        git(folder, "init", "--quiet")
        git(folder, "add", ".")
        git(folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "start")
        return Checkout(folder, environment)

    return make


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


@pytest.fixture(scope="session")
def finished(new_checkout: Callable[[], Checkout]) -> Checkout:
    """A checkout in which `fer train-all` ran once, with two slots. Tests leave it as it is."""
    checkout = new_checkout()
    checkout.train_all()
    return checkout


@pytest.fixture(scope="module")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prefect in this process, with a server and a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        with prefect_test_harness(server_startup_timeout=120):
            yield


@pytest.fixture
def finished_copy(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished checkout, for a test to change."""
    folder = tmp_path / "checkout"
    shutil.copytree(finished.folder, folder, symlinks=True)
    return Checkout(folder, dict(finished.environment))
