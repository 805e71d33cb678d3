"""What the tests of refresh and retrain work with: csv files whose content changes, and what Prefect kept."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from ruamel.yaml import YAML

from fer_pipeline.data.fer2013 import EMOTION_TEXTS, csv_text
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage
from fer_pipeline.sample import make_sample
from tests.flows import made_stages
from tests.flows.conftest import ROOT, Checkout, git

Line = list[str]    # emotion, pixels, Usage
Draw = Callable[[], list[Line]]
FACES = 600
PATIENT = {"PREFECT_API_REQUEST_TIMEOUT": "300",                        # a busy machine answers late
           "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600"}
SMALL = {
    "recipe": "small", "architecture": "lenet5", "epochs": 25, "batch_size": 32,
    "hyperparameters": {"size": 32, "filters": [6, 12], "units": [32, 16]},
    "optimizer": {"name": "adam", "learning_rate": 0.002}, "checkpoint": {"keep": "best"},
}


def sample_lines() -> list[Line]:
    """Of a sample with its planted faults."""
    return [list(row) for row in make_sample(faces=FACES, seed=5).rows]


def made_lines() -> list[Line]:
    """Of no faces at all: the first grey level tells the emotion."""
    generator = np.random.default_rng(7)
    levels = np.clip(generator.normal(128, 30, (FACES, FACE_SIZE**2)), 0, 255).astype(int)
    usages = [usage for usage, share in zip(Usage, (4, 1, 1), strict=True) for _ in range(share * FACES // 6)]
    return [[str(face[0] % len(EMOTIONS)), " ".join(map(str, face)), usage]
            for face, usage in zip(levels, usages, strict=True)]


def as_drawn(lines: list[Line]) -> list[Line]:
    """A sample with every label right."""
    return lines


def with_wrong_labels(lines: list[Line]) -> list[Line]:
    """The same with Training's labels dealt out at random: as many of each, so that no gate is broken."""
    trained = [line for line in lines if line[2] == Usage.TRAINING and line[0] in EMOTION_TEXTS]
    emotions = np.random.default_rng(4).permutation([line[0] for line in trained])
    for line, emotion in zip(trained, emotions, strict=True):
        line[0] = str(emotion)
    return lines


def with_another_public_test(lines: list[Line]) -> list[Line]:
    """One grey level of one PublicTest face is another."""
    line = next(line for line in lines if line[2] == Usage.PUBLIC_TEST)
    first, _, others = line[1].partition(" ")
    line[1] = f"{(int(first) + 1) % 256} {others}"
    return lines


def darker(lines: list[Line]) -> list[Line]:
    """Every readable face at two thirds of its light."""
    for line in lines:
        if line[0] in EMOTION_TEXTS and all(level.isdigit() for level in line[1].split()):
            line[1] = " ".join(str(int(level) * 2 // 3) for level in line[1].split())
    return lines


@dataclass(frozen=True)
class Retraining:
    """A checkout whose source is a csv that tests change."""

    checkout: Checkout
    csv: Path
    draw: Draw = sample_lines

    def put(self, *changes: Callable[[list[Line]], list[Line]]) -> None:
        """Write the csv anew."""
        lines = self.draw()
        for change in changes:
            lines = change(lines)
        self.csv.write_text(csv_text((emotion, pixels, usage) for emotion, pixels, usage in lines))

    def retrain(self, *, check: bool = True) -> str:
        return self.checkout.run("flows.retrain", check=check)

    def copied(self, folder: Path) -> "Retraining":
        """A copy with a source of its own, for a test to change."""
        checkout = Checkout(folder / "checkout", dict(self.checkout.environment))
        shutil.copytree(self.checkout.folder, checkout.folder, symlinks=True)
        made = Retraining(checkout, folder / "faces.csv", self.draw)
        shutil.copyfile(self.csv, made.csv)
        (checkout.folder / ".fer/source.yaml").write_text(f"path: {made.csv}\n")
        return made

    @property
    def clone(self) -> Path:
        return self.checkout.folder / ".fer/retrain/checkout"

    def processes(self, *words: str) -> list[psutil.Process]:
        """What runs in the clone with these words in its command, shells aside."""
        return [process for process in psutil.process_iter(["cmdline", "cwd", "name"])
                if process.info["cwd"] == str(self.clone) and process.info["name"] != "sh"
                and set(words) <= set(process.info["cmdline"] or [])]

    def git(self, *arguments: str) -> str:
        return git_output(self.checkout.folder, *arguments)

    def state(self, flow: str) -> tuple[str, str]:
        """Name and message of the last run's state."""
        (row,) = self._ask("select r.state_name, s.message from flow_run r join flow f on f.id = r.flow_id "
                           "join flow_run_state s on s.id = r.state_id where f.name = ? "
                           "order by r.start_time desc limit 1", flow)
        return str(row[0]), str(row[1])

    def page(self, flow: str) -> str:
        """The last artifact."""
        (row,) = self._ask("select data from artifact where key = ? order by created desc limit 1", flow)
        return str(json.loads(row[0]))

    def child_of(self, flow: str) -> str:
        """The flow in which the last run of `flow` is shown as a child."""
        (row,) = self._ask("select p.name from flow_run r join flow f on f.id = r.flow_id "
                           "join task_run t on t.id = r.parent_task_run_id join flow_run q on q.id = t.flow_run_id "
                           "join flow p on p.id = q.flow_id where f.name = ? order by r.start_time desc limit 1", flow)
        return str(row[0])

    def _ask(self, query: str, value: str) -> list[tuple]:
        database = Path(self.checkout.environment["PREFECT_HOME"]) / "prefect.db"
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return connection.execute(query, (value,)).fetchall()
        finally:
            connection.close()

    def untouched(self) -> tuple[str, str, str, str]:
        """What a scheduled run must leave as it is: HEAD, the branch, changed files, settings."""
        return (self.git("rev-parse", "HEAD"), self.git("branch", "--show-current"), self.git("status", "--porcelain"),
                (self.checkout.folder / "params.yaml").read_text())


def git_output(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, text=True, capture_output=True).stdout.strip()


def make_small(params: dict) -> None:
    """One network, no student; labels may conflict, as some tests deal them out."""
    params["architectures"], params["students"] = {"lenet5": SMALL}, {}
    params["validate"]["max_conflicting_labels"] = 1.0


def make_stages(checkout: Checkout) -> None:
    """Put the stages of `made_stages` in place of the pipeline's."""
    shutil.copyfile(made_stages.__file__, checkout.folder / made_stages.CODE)
    artifacts = YAML(typ="safe").load(ROOT / "dvc.yaml")["artifacts"]
    YAML(typ="safe").dump({"stages": made_stages.pipeline(), "artifacts": artifacts}, checkout.folder / "dvc.yaml")


def start(checkout: Checkout, folder: Path, draw: Draw = sample_lines) -> Retraining:
    """A committed checkout of the small pipeline, on its csv with wrong labels; nothing has run."""
    made = Retraining(Checkout(checkout.folder, checkout.environment | PATIENT), folder / "faces.csv", draw)
    made.put(with_wrong_labels)
    checkout.edit_params(make_small)
    checkout.run("fer_pipeline.cli", "source", str(made.csv))
    git(checkout.folder, "add", "--all")
    git(checkout.folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "small")
    checkout.run("dvc", "remote", "add", "--default", "--local", "storage", str(folder / "remote"))
    return made
