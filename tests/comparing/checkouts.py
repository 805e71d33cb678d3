"""Real checkouts of git and DVC with runs in their history, made up by the real stages from made-up predictions."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from dvc.repo import Repo
from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.evaluation.judgement import judged, write_judgement
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage
from fer_pipeline.params import EnsembleParams
from fer_pipeline.stages.ensemble import ensemble
from fer_pipeline.stages.judge_ensemble import judge_ensemble

ROOT = Path(__file__).parents[2]
STAGES = ("train", "evaluate", "judge", "ensemble", "judge_ensemble", "validate", "images")
VERDICTS = Path("data/prepared/verdicts/PrivateTest.parquet")
ARRAYS = [Path(f"data/prepared/{usage}.npz") for usage in ("public_test", "private_test")]
FACES, COPIES = 200, 20


@dataclass(frozen=True)
class Checkout:
    """A folder with git and DVC in it."""

    folder: Path

    def run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.folder, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def set_remote(self, folder: Path) -> None:
        with Repo(str(self.folder)) as repo, repo.config.edit("local") as config:
            config["remote"]["store"] = {"url": str(folder)}
            config["core"]["remote"] = "store"

    def push(self) -> None:
        with Repo(str(self.folder)) as repo:
            repo.push(all_commits=True)

    def commit(self, tag: str) -> None:
        self.run("git", "add", ".")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", tag)
        self.run("git", "tag", tag)

    def write_params(self, architectures: Mapping[str, Any], **others: Any) -> None:
        YAML(typ="safe").dump({**others, "architectures": dict(architectures)}, self.folder / "params.yaml")

    def lock(self) -> None:
        """Take all outputs into DVC's cache and dvc.lock, as `dvc repro` does after the commands."""
        with Repo(str(self.folder)) as repo:
            repo.commit(force=True)

    def outputs(self) -> list[Path]:
        """Of all stages."""
        with Repo(str(self.folder)) as repo:
            return [Path(out.fs_path) for stage in repo.index.stages for out in stage.outs]


def make_checkout(folder: Path) -> Checkout:
    """A checkout with the stages that `fer compare` reads, their outputs as in the project's dvc.yaml; no run yet."""
    folder.mkdir()
    made = Checkout(folder)
    made.run("git", "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "test"), ("user.email", "test@localhost")):
        made.run("git", "config", key, value)
    shutil.copyfile(ROOT / ".gitignore", folder / ".gitignore")
    made.dvc("init", "--quiet")
    pipeline = YAML(typ="safe").load(ROOT / "dvc.yaml")
    stages = {name: _outputs_alone(pipeline["stages"][name]) for name in STAGES}
    stages["validate"]["outs"] = [str(VERDICTS)]
    stages["images"]["outs"] = [str(file) for file in ARRAYS]
    YAML(typ="safe").dump({"vars": pipeline["vars"], "stages": stages}, folder / "dvc.yaml")
    made.write_params({"one": {"epochs": 1}})
    made.commit("nothing-run")
    return made


def _outputs_alone(stage: dict[str, Any]) -> dict[str, Any]:
    if "foreach" in stage:
        return {"foreach": stage["foreach"], "do": _outputs_alone(stage["do"])}
    return {"cmd": "true", **{key: stage[key] for key in ("outs", "metrics") if key in stage}}


def write_run(
    made: Checkout, wrong: Mapping[str, Mapping[Usage, np.ndarray]], *, shift: int = 0, grey: int = 0
) -> None:
    """Leave what stages leave of networks that have these faces wrong, `(faces,)` bool by usage; no other files.

    `shift` gives the faces other emotions, `grey` other pixels.
    """
    shutil.rmtree(made.folder / "artifacts", ignore_errors=True)
    verdicts = _verdicts(made.folder / VERDICTS)
    for file in ARRAYS:
        write_faces(made.folder / file, Faces(
            np.full((FACES, FACE_SIZE, FACE_SIZE), grey, np.uint8), _emotions(FACES, shift),
            np.arange(FACES, dtype=np.int32), np.ones(FACES, np.float32)))
    for out in made.outputs():
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".csv":
            out.write_text("nobody reads this\n")
    for name, usages in wrong.items():
        _write_network(made.folder / "artifacts", name, usages, verdicts, shift)
    _write_ensemble(made.folder / "artifacts", list(wrong), made.folder / VERDICTS)


def _verdicts(file: Path) -> pd.DataFrame:
    """The first faces of PrivateTest are copies."""
    copies = np.arange(FACES) < COPIES
    verdicts = pd.DataFrame({"copy_of_training": copies, "copy_of_public_test": False})
    file.parent.mkdir(parents=True, exist_ok=True)
    verdicts.to_parquet(file)
    return verdicts


def _write_network(
    folder: Path, name: str, wrong: Mapping[Usage, np.ndarray], verdicts: pd.DataFrame, shift: int
) -> None:
    model = folder / "models" / f"{name}.keras"
    model.write_text(f"{name} {[np.flatnonzero(faces).tolist() for faces in wrong.values()]}")
    said = {usage: _predictions(faces, sha256_of(model), shift) for usage, faces in wrong.items()}
    for usage, predictions in said.items():
        write_predictions(folder / "predictions" / usage / f"{name}.npz", predictions)
    public_test, private_test = said[Usage.PUBLIC_TEST], said[Usage.PRIVATE_TEST]
    metrics = folder / "metrics"
    for faces in ("PublicTest", "Training"):
        (metrics / faces / f"{name}.json").write_text(
            json.dumps(figures(public_test.emotion_true, public_test.emotion_pred)))
    files = [metrics / faces / f"{name}.json"
             for faces in ("PrivateTest", "PrivateTest_without_copies", "PublicTest_and_PrivateTest")]
    write_judgement((files[0], files[1], files[2]), judged(private_test, public_test, verdicts))


def _predictions(wrong: np.ndarray, model_sha256: str, shift: int) -> Predictions:
    true = _emotions(len(wrong), shift)
    said = np.where(wrong, (true + 1) % len(EMOTIONS), true)
    probabilities = np.full((len(wrong), len(EMOTIONS)), 0.05, np.float32)
    probabilities[np.arange(len(wrong)), said] = 0.7
    return Predictions(np.arange(len(wrong), dtype=np.int32), true, probabilities, model_sha256)


def _emotions(faces: int, shift: int) -> np.ndarray:
    return ((np.arange(faces) + shift) % len(EMOTIONS)).astype(np.uint8)


def _write_ensemble(folder: Path, names: list[str], verdicts: Path) -> None:
    rule = EnsembleParams(method="mean", max_votes=5, patience=2, folds=2, seed=1)
    metrics, confusion, votes = folder / "metrics" / "ensemble", folder / "confusion" / "ensemble", folder / "ensemble"
    (folder / "students").mkdir(exist_ok=True)
    ensemble(dict.fromkeys(names), rule, folder / "models", folder / "predictions" / "PublicTest",  # type: ignore[arg-type]
             votes / "ensemble.json", votes / "PublicTest.npz", metrics / "PublicTest.json",
             confusion / "PublicTest.csv", folder / "students" / "teacher.json")
    judge_ensemble(votes / "ensemble.json", folder / "predictions" / "PrivateTest", verdicts,
                   votes / "PublicTest.npz", votes / "PrivateTest.npz", metrics / "PrivateTest.json",
                   metrics / "PrivateTest_without_copies.json", metrics / "PublicTest_and_PrivateTest.json",
                   confusion / "PrivateTest.csv")


def wrong(*faces: int) -> dict[Usage, np.ndarray]:
    """The same faces of both usages wrong, `(faces,)` bool."""
    return {usage: np.isin(np.arange(FACES), faces) for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST)}
