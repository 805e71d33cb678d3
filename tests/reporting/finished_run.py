"""The files of a finished run, made up: what the report stage reads, in the shapes that the other stages write."""

import atexit
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandas as pd

from fer_pipeline.balancing.augmentation import COLUMNS
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage
from fer_pipeline.params import AnalyseParams, EnsembleParams
from fer_pipeline.reporting.vote import SETS
from fer_pipeline.stages.analyse import analyse
from fer_pipeline.stages.ensemble import ensemble
from fer_pipeline.stages.judge_ensemble import judge_ensemble
from fer_pipeline.stages.report import report
from fer_pipeline.stages.votes import NO_VOTES

RECIPE = {"epochs": 20, "batch_size": 32, "optimizer": {"name": "adam", "learning_rate": 0.001},
          "checkpoint": {"keep": "best"}}

VOTING = EnsembleParams(method="mean", max_votes=20, patience=4, folds=2, seed=5)


@dataclass(frozen=True)
class Run:
    """Paths in the order of the stage's command line."""

    provenance_file: Path
    validation_file: Path
    balanced_validation_file: Path
    balance_file: Path
    origins_file: Path
    histories_folder: Path
    metrics_folder: Path
    predictions_folder: Path
    models_folder: Path
    students_folder: Path
    champion_file: Path
    ensemble_folder: Path
    analysis_folder: Path
    curves_folder: Path
    examination_folder: Path
    private_test_file: Path
    training_file: Path
    balanced_file: Path
    report_file: Path
    plots_script_file: Path
    markdown_file: Path
    champion_card_file: Path
    ensemble_card_file: Path

    def report(self, *architectures: str, students: Iterable[str] = (), profile: str = "sample") -> str:
        """Run the stage for these entries and return the page."""
        entries = ({name: {"architecture": name, "recipe": "sample", **RECIPE} for name in names}
                   for names in (architectures, students))
        report(profile, *entries, *(getattr(self, part.name) for part in fields(self)))
        return self.report_file.read_text()

    def model(self, architecture: str) -> Path:
        return self.models_folder / f"{architecture}.keras"

    def metrics(self, usage: str, architecture: str) -> Path:
        return self.metrics_folder / usage / f"{architecture}.json"


def random_faces(emotion: np.ndarray, seed: int) -> np.ndarray:
    """Noise, `(faces, 48, 48)` uint8: enough for what the tests look at."""
    return np.random.default_rng(seed).integers(0, 255, (len(emotion), FACE_SIZE, FACE_SIZE), np.uint8)


def make_run(folder: Path, *architectures: str, faces: int = 70, draw: Any = random_faces) -> Run:
    """Write everything of a run in which all went well; the first architecture is the champion."""
    shutil.copytree(_made(architectures, faces, draw), folder, dirs_exist_ok=True)
    return _run_in(folder)


@cache
def _made(architectures: tuple[str, ...], faces: int, draw: Any) -> Path:
    """The files of such a run; the same for every test that asks for it."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    run = _run_in(folder)
    for part in (run.histories_folder, run.models_folder):
        part.mkdir(parents=True)
    emotion = np.arange(faces) % len(EMOTIONS)
    pixels = draw(emotion, 1)
    for file in (run.private_test_file, run.training_file, run.balanced_file):
        write_faces(file, Faces(pixels, emotion.astype(np.uint8), np.arange(faces, dtype=np.int32),
                                np.ones(faces, np.float32)))
    _write_json(run.provenance_file, provenance(synthetic=True))
    _write_json(run.validation_file, validation(faces))
    _write_json(run.balanced_validation_file, balanced_validation(faces))
    pd.DataFrame({"emotion": EMOTIONS, "before": 10, "after": 12, "weight": 1.0, "share_before": 0.1,
                  "share_after": 1 / 7, "strategy": "oversampling"}).to_csv(run.balance_file, index=False)
    pd.DataFrame(columns=COLUMNS).to_csv(run.origins_file, index=False)
    for number, architecture in enumerate(architectures):
        add_architecture(run, architecture, emotion, wrong=0.2 + 0.06 * number)
    choose_champion(run, architectures[0])
    judge_together(run, *architectures)
    return folder


def _run_in(folder: Path) -> Run:
    return Run(
        folder / "provenance.json", folder / "summary.json", folder / "balanced.json", folder / "counts.csv",
        folder / "origins.csv", folder / "histories", folder / "metrics", folder / "predictions", folder / "models",
        folder / "students", folder / "champion.json", folder / "ensemble", folder / "analysis", folder / "curves",
        folder / "examination", folder / "private_test.npz", folder / "training.npz", folder / "balanced.npz",
        folder / "report.html", folder / "vega.js", folder / "report.md", folder / "champion_card.md",
        folder / "ensemble_card.md")


def add_architecture(run: Run, architecture: str, emotion: np.ndarray, *, wrong: float) -> None:
    """Write model, history, metrics and predictions of an architecture with about this share of errors."""
    random = np.random.default_rng(int(1000 * wrong))
    run.model(architecture).write_bytes(f"weights of {architecture}".encode())
    epochs = np.arange(1, 16)
    pd.DataFrame({
        "epoch": epochs, "loss": 2 * 0.8**epochs, "accuracy": (1 - wrong) * (1 - 0.7**epochs),
        "public_test_loss": 0.5 + 1.5 * 0.8**epochs + random.normal(0, 0.05, 15),
        "public_test_accuracy": 0.92 * (1 - wrong) * (1 - 0.72**epochs) + random.normal(0, 0.015, 15),
        "learning_rate": 0.001}).to_csv(run.histories_folder / f"{architecture}.csv", index=False)
    public_test = _predict(run, Usage.PUBLIC_TEST, architecture, emotion, wrong, random)
    private_test = _predict(run, Usage.PRIVATE_TEST, architecture, emotion, wrong + 0.02, random)
    made_of = {"architecture": architecture, "recipe": "sample", "weights": "none", "views": 1,
               "parameters": int(60_000 * (1 + 20 * wrong)), "flops": int(8e5 / wrong**3), "file_bytes": 713_256}
    scores = {"log_loss": 0.7, "temperature": 1.2}
    for faces, metrics in {
        "Training": {**public_test, **scores},
        "PublicTest": {**public_test, **scores, **made_of}, "PrivateTest": {**private_test, **scores},
        "PrivateTest_without_copies": {**private_test, **scores, "macro_f1": 0.4321, "faces": 63},
        "PublicTest_and_PrivateTest": {**private_test, **scores, "faces": 140},
    }.items():
        _write_json(run.metrics(faces, architecture), metrics)


def judge_together(run: Run, *architectures: str) -> None:
    """What the stages ensemble, judge_ensemble and analyse make of what is there, by these stages."""
    for made in (run.analysis_folder, run.curves_folder, run.ensemble_folder):
        shutil.rmtree(made, ignore_errors=True)
    for made in (run.curves_folder, run.ensemble_folder, run.metrics_folder / "ensemble"):
        made.mkdir(exist_ok=True)
    faces = len(read_faces(run.private_test_file))
    verdicts, votes = run.ensemble_folder.parent / "verdicts.parquet", run.ensemble_folder.parent / "votes.parquet"
    copies = np.arange(faces) < faces // 10
    pd.DataFrame({"copy_of_training": copies, "copy_of_public_test": copies}).to_parquet(verdicts)
    NO_VOTES.to_parquet(votes)
    record, public, private = (run.ensemble_folder / name for name in (
        "ensemble.json", "PublicTest.npz", "PrivateTest.npz"))
    figures = [run.metrics("ensemble", name) for name in SETS]
    recipes: Any = dict.fromkeys(architectures)
    ensemble(recipes, VOTING, run.models_folder, run.predictions_folder / "PublicTest", record, public, figures[0],
             run.ensemble_folder.parent / "confusion.csv", run.ensemble_folder.parent / "teacher.json")
    judge_ensemble(record, run.predictions_folder / "PrivateTest", verdicts, public, private, *figures[1:],
                   run.ensemble_folder.parent / "confusion.csv")
    analyse(recipes, {}, AnalyseParams(replicates=100, seed=1), run.predictions_folder, run.students_folder,
            run.metrics_folder / "PublicTest", record, public, private, run.private_test_file, verdicts, votes,
            run.analysis_folder, run.curves_folder / "roc", run.curves_folder / "precision_recall")


def as_student(run: Run, architecture: str) -> None:
    """Let the architecture have been taught by the ensemble: its files move, and its metrics say so."""
    models, predictions = run.students_folder / "models", run.students_folder / "predictions" / "PublicTest"
    judged = run.predictions_folder / "students" / "PrivateTest"
    for file, folder in ((run.model(architecture), models),
                         (run.predictions_folder / "PublicTest" / f"{architecture}.npz", predictions),
                         (run.predictions_folder / "PrivateTest" / f"{architecture}.npz", judged)):
        folder.mkdir(parents=True)
        file.rename(folder / file.name)
    file = run.metrics("PublicTest", architecture)
    _write_json(file, json.loads(file.read_text()) | {"distilled_from": "ensemble"})


def choose_champion(run: Run, architecture: str) -> None:
    figures = json.loads(run.metrics("PublicTest", architecture).read_text())
    _write_json(run.champion_file, {"architecture": architecture, "chosen_on": "PublicTest", **figures})


def provenance(*, synthetic: bool) -> dict[str, Any]:
    facts = {"source": "sample" if synthetic else "path", "description": "70 faces", "synthetic": synthetic,
             "licence": "MIT", "sha256": "ab" * 32, "bytes": 21_000_000, "rows": 3000,
             "layout": "fer2013.csv", "split": "official"}
    return facts | ({"planted": {"copy_inside": 20, "constant": 6}} if synthetic else {})


def validation(faces: int) -> dict[str, Any]:
    return {
        "passed": True, "rows": 3000, "faces": {usage: dict.fromkeys(EMOTIONS, faces // 7) for usage in Usage},
        "quarantined_rows": {"pixel_count": 3, "emotion": 1},
        "quarantined": [{"row": 17, "detail": "Row 17 has 2303 pixel values; expected 2304 (48 × 48)."}],
        "expectations": [
            {"table": usage, "expectation": "expect_column_values_to_be_between", "meaning": "emotion is 0 to 6",
             "success": True, "observed": "0 of 70 otherwise"} for usage in Usage],
        "findings": {
            "Training": {"constant": 2, "near_constant": 1, "copy_inside": 9, "conflicting_label": 2},
            "PublicTest": {"constant": 0, "near_constant": 0, "copy_inside": 1, "copy_of_training": 4,
                           "conflicting_label": 1},
            "PrivateTest": {"constant": 1, "near_constant": 0, "copy_inside": 0, "copy_of_training": 5,
                            "copy_of_public_test": 2, "conflicting_label": 1}},
        "policies": {"constant": "quarantine", "near_constant": "flag"},
    }


def balanced_validation(faces: int) -> dict[str, Any]:
    return {"passed": True, "faces": faces, "expectations": [
        {"table": "balanced set", "expectation": "expect_column_mean_to_be_between",
         "meaning": "weights are 1 on average", "success": True, "observed": "1", "rows": []}]}


def _predict(
    run: Run, usage: Usage, architecture: str, emotion: np.ndarray, wrong: float, random: np.random.Generator
) -> dict[str, Any]:
    said = np.where(random.random(len(emotion)) < wrong, random.choice([0, 2, 3, 4, 6], len(emotion)), emotion)
    probabilities = random.dirichlet(np.ones(7), len(emotion))
    probabilities += 1.5 * random.random((len(emotion), 1)) * np.eye(7)[said]
    probabilities[np.arange(len(emotion)), said] += probabilities.max(axis=1)
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    file = run.predictions_folder / usage / f"{architecture}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, row=np.arange(len(emotion), dtype=np.int32), emotion_true=emotion.astype(np.uint8),
             probabilities=probabilities,
             model_sha256=np.array(hashlib.sha256(run.model(architecture).read_bytes()).hexdigest()))
    accuracy = round(float((said == emotion).mean()), 6)
    return {"accuracy": accuracy, "accuracy_low": max(accuracy - 0.045, 0), "accuracy_high": min(accuracy + 0.04, 1),
            "macro_f1": accuracy - 0.03, "faces": len(emotion)}


def _write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
