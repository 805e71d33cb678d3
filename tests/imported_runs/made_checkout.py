"""A checkout as `judge` leaves it, of networks that say random things of 70 faces a usage."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.exporting.places import PREDICTIONS
from fer_pipeline.imported_runs.places import EVALUATES, TEACHER, TRAINS
from fer_pipeline.labels import Usage

FACES = 70
RECIPE = {"architecture": "lenet5", "recipe": "as_published", "epochs": 2, "batch_size": 8,
          "optimizer": {"name": "adam", "learning_rate": 0.01}, "checkpoint": {"keep": "last"}}
FACTS = {"weights": "none", "parameters": 168_971, "flops": 1_000_000, "views": 2, "file_bytes": 700_000}
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")


def said(seed: int, usage: Usage, skill: float) -> Predictions:
    """Probabilities that lean to the true emotion by `skill`, 0 to 1."""
    drawn = np.random.default_rng([seed, list(Usage).index(usage)])
    emotion = (np.arange(FACES) % 7).astype(np.uint8)
    probabilities = (1 - skill) * drawn.dirichlet(np.ones(7), FACES) + skill * np.eye(7)[emotion]
    row = np.arange(FACES, dtype=np.int32) + 1000 * list(Usage).index(usage)
    return Predictions(row, emotion, probabilities.astype(np.float32), f"{seed:064x}", FACTS["views"])


def made_checkout(
    folder: Path, architectures: Mapping[str, float], students: Mapping[str, float] | None = None,
) -> Path:
    """Make it.

    Args:
        folder: Where.
        architectures: Skill by entry.
        students: The same of students.
    """
    chosen = {"architectures": architectures, "students": students or {}}
    teacher = {"teacher": {"share": 0.7, "temperature": 1.0}}
    params = {"architectures": dict.fromkeys(architectures, RECIPE),
              "students": dict.fromkeys(chosen["students"], RECIPE | teacher),
              "balance": {"strategy": "none"}, "validate": {"policies": {"constant": "quarantine"}, "left_out": None},
              "train": {"seed": 11}, "compute": {"threads": 1, "mixed_precision": False}}
    _write(folder / "params.yaml", params)
    _write(folder / "data/raw/provenance.json", {"sha256": "ab" * 32})
    for usage, columns in ((Usage.PUBLIC_TEST, ["copy_of_training"]),
                           (Usage.PRIVATE_TEST, ["copy_of_training", "copy_of_public_test"])):
        file = folder / f"data/prepared/verdicts/{usage}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({column: np.arange(FACES) % 10 == place for place, column in enumerate(columns)}).to_parquet(file)
    _write(folder / TEACHER, {"members": [
        {"architecture": entry, "votes": seed, "model_sha256": f"{seed:064x}"}
        for seed, entry in enumerate(architectures, 1)]})
    log = []
    for section, entries in chosen.items():
        for seed, (entry, skill) in enumerate(entries.items(), 1 if section == "architectures" else 50):
            log += _entry(folder, section, entry, seed, skill)
    (folder / ".fer/runs").mkdir(parents=True)
    (folder / ".fer/runs/stages.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in log))
    for command in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "-m", "made")):
        subprocess.run([*GIT, *command], cwd=folder, check=True)
    return folder


def _entry(checkout: Path, section: str, entry: str, seed: int, skill: float) -> list[dict[str, Any]]:
    for usage, place in PREDICTIONS[section].items():
        (checkout / place).mkdir(parents=True, exist_ok=True)
        write_predictions(checkout / place / f"{entry}.npz", said(seed, usage, skill))
    artifacts = checkout / "artifacts"
    _write(artifacts / f"metrics/PublicTest/{entry}.json", FACTS)
    history = pd.DataFrame({"epoch": [1, 2], "loss": [1.5, 1.25]})
    (artifacts / "histories").mkdir(exist_ok=True)
    history.to_csv(artifacts / f"histories/{entry}.csv", index=False)
    train, evaluate = (f"{stages[section]}@{entry}" for stages in (TRAINS, EVALUATES))
    return [{"stage": train, "model_sha256": f"{seed:064x}", "training_seconds": 75.0},
            {"stage": evaluate, "model_sha256": f"{seed:064x}",
             "latency": {"kind": "cpu", "name": "Some Processor", "cores": 2}}]


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".json":
        file.write_text(json.dumps(content))
    else:
        YAML(typ="safe").dump(content, file)
