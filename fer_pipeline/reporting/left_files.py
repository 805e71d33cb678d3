"""What the stages left in their folders, read for the page; whatever is missing or of another model is left out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.members import ENSEMBLE
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.examination.explained_faces import read_explained
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.explanations import Explanations, explanations
from fer_pipeline.reporting.page import CURVES, Analysis
from fer_pipeline.reporting.results import SETS_OF, STAGE_OF, Evidence, Outcome
from fer_pipeline.reporting.vote import SETS, Vote, assess_vote

ENSEMBLE_FILE = "ensemble.json"


def evidence_of(name: str, histories: Path, metrics: Path, predictions: Path, models: Path) -> Evidence:
    """What is left of one architecture in these folders."""
    folders = {usage: predictions / usage for usage in STAGE_OF}
    return _found(name, histories, metrics, models / f"{name}.keras", folders)


def evidence_of_student(name: str, histories: Path, metrics: Path, predictions: Path, students: Path) -> Evidence:
    """What is left of one student: what may choose stands in their own folder, what PrivateTest says apart from it."""
    folders = {Usage.PUBLIC_TEST: students / "predictions" / Usage.PUBLIC_TEST,
               Usage.PRIVATE_TEST: predictions / "students" / Usage.PRIVATE_TEST}
    return replace(_found(name, histories, metrics, students / "models" / f"{name}.keras", folders), student=True)


def _found(
    name: str, histories: Path, metrics: Path, model_file: Path, predictions: Mapping[Usage, Path]
) -> Evidence:
    history_file = histories / f"{name}.csv"
    contents = {faces: json_in(metrics / faces / f"{name}.json") for sets in SETS_OF.values() for faces in sets}
    predicted = {usage: _predictions(folder / f"{name}.npz") for usage, folder in predictions.items()}
    return Evidence(
        name,
        model_sha256=sha256_of(model_file) if model_file.is_file() else None,
        history=pd.read_csv(history_file) if history_file.is_file() else None,
        metrics={faces: content for faces, content in contents.items() if content is not None},
        again=json_in(metrics / Usage.TRAINING / f"{name}.json"),
        predictions={usage: content for usage, content in predicted.items() if content is not None},
    )


def vote_in(folder: Path, metrics_folder: Path, outcomes: Iterable[Outcome]) -> Vote:
    """The ensemble of a folder, if its figures are of the networks that are there now."""
    file = folder / ENSEMBLE_FILE
    contents = {name: json_in(metrics_folder / f"{name}.json") for name in SETS}
    predicted = {usage: _predictions(folder / f"{usage}.npz") for usage in SETS_OF}
    return assess_vote(
        json_in(file), sha256_of(file) if file.is_file() else None,
        {name: content for name, content in contents.items() if content is not None},
        {usage: content for usage, content in predicted.items() if content is not None},
        outcomes)


def analysis_in(folder: Path, curves: Path, outcomes: Iterable[Outcome], ensemble: Path) -> Analysis:
    """Files of the stage analyse that are of the models that are there now."""
    ensemble_file = ensemble / ENSEMBLE_FILE
    models = {one.architecture: one.predictions[Usage.PRIVATE_TEST].model_sha256 for one in outcomes if not one.failure}
    if ensemble_file.is_file():
        models[ENSEMBLE] = sha256_of(ensemble_file)
    contents = {name: json_in(folder / f"{name}.json") for name in models}
    known = {name: content for name, content in contents.items()
             if content is not None and content["model_sha256"] == models[name]}
    compared = json_in(folder / "comparison.json")
    of_these = compared is not None and set(compared[Usage.PRIVATE_TEST]["networks"]) == known.keys() == models.keys()
    return Analysis(known, compared if of_these else None, {
        kind: {name: pd.read_csv(curves / kind / f"{name}.csv") for name in known} for kind in CURVES})


def explanations_in(folder: Path, champion: Outcome | None, private_test: Faces) -> Explanations | None:
    """What the stage examine left of the champion that is there now."""
    occlusion_file, robustness = folder / "occlusion.npz", json_in(folder / "robustness.json")
    if champion is None or robustness is None or not occlusion_file.is_file():
        return None
    predictions, explained = champion.predictions[Usage.PRIVATE_TEST], read_explained(occlusion_file)
    if {explained.model_sha256, robustness["model_sha256"]} != {predictions.model_sha256}:
        return None
    return explanations(private_test, predictions, explained, robustness)


def architectures_in(histories: Path, metrics: Path, predictions: Path, models: Path) -> set[str]:
    """Names of all that left a file."""
    files = [*histories.glob("*.csv"), *metrics.glob("P*Test*/*.json"), *predictions.glob("P*Test/*.npz"),
             *models.glob("*.keras")]
    return {file.stem for file in files}


def students_in(folder: Path) -> set[str]:
    """Names of all students that left a file."""
    return {file.stem for file in (*folder.glob("models/*.keras"), *folder.glob("predictions/*/*.npz"))}


def json_in(file: Path) -> Any:
    """Content of a file; None if it is missing or was cut short by a crash."""
    try:
        return json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def required_json(file: Path) -> Any:
    """Content of a file that does not depend on any network.

    Raises:
        InputError: It is missing or no JSON.
    """
    content = json_in(file)
    if content is None:
        raise InputError(f"{file} is missing or no JSON. `dvc repro` makes it; `dvc pull` fetches it.")
    return content


def _predictions(file: Path) -> Predictions | None:
    """Content of a file; None if it is missing or was cut short by a crash."""
    try:
        return read_predictions(file)
    except (FileNotFoundError, EOFError, BadZipFile, KeyError, ValueError):
        return None
