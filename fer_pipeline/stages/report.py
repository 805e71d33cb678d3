"""Report: everything a person wants to see, as one html page. Nothing in it is measured by a clock."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd
import vl_convert

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.examination.explained_faces import read_explained
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.conclusions import ENSEMBLE
from fer_pipeline.reporting.explanations import Explanations, explanations
from fer_pipeline.reporting.markdown import markdown
from fer_pipeline.reporting.model_card import champion_card, ensemble_card
from fer_pipeline.reporting.page import CURVES, Analysis, ReportData, render
from fer_pipeline.reporting.results import SETS_OF, STAGE_OF, Evidence, Outcome, assess, find_champion, ranked
from fer_pipeline.reporting.vote import SETS, Vote, assess_vote

PLOTS_NEED = "window.vega = vega; window.vegaLite = vegaLite; window.vegaEmbed = vegaEmbed;"
MADE_WITH = ("keras", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "great-expectations")
ENSEMBLE_FILE = "ensemble.json"
VEGA_LITE = "5.21"      # the major version that DVC's plot templates are written for


def report(
    profile: str,
    architectures: Mapping[str, Any],
    students: Mapping[str, Any],
    provenance_file: Path,
    validation_file: Path,
    balanced_validation_file: Path,
    balance_file: Path,
    origins_file: Path,
    histories_folder: Path,
    metrics_folder: Path,
    predictions_folder: Path,
    models_folder: Path,
    students_folder: Path,
    champion_file: Path,
    ensemble_folder: Path,
    analysis_folder: Path,
    curves_folder: Path,
    examination_folder: Path,
    private_test_file: Path,
    training_file: Path,
    balanced_file: Path,
    report_file: Path,
    plots_script_file: Path,
    markdown_file: Path,
    champion_card_file: Path,
    ensemble_card_file: Path,
) -> None:
    """Write the page, its figures as Markdown, the models' cards, and the script that pages of `dvc plots` need.

    That script stands beside them so that they open without a network.

    Networks that neither `architectures` nor `students` names are left out and listed; missing ones
    failed.

    Raises:
        InputError: A file is missing that does not depend on any architecture.
    """
    folders = (histories_folder, metrics_folder, predictions_folder, models_folder)
    evidence = [*(_evidence(name, *folders) for name in architectures),
                *(_evidence_of_student(name, *folders[:3], students_folder) for name in students)]
    outcomes, entries = ranked(map(assess, evidence)), {**architectures, **students}
    private_test = read_faces(private_test_file)
    vote = _vote(ensemble_folder, metrics_folder / "ensemble", outcomes)
    verdict = find_champion(outcomes, _json(champion_file))
    data = ReportData(
        profile=profile,
        outcomes=outcomes,
        vote=vote,
        analysis=_analysis(analysis_folder, curves_folder, outcomes, ensemble_folder / ENSEMBLE_FILE),
        recipes={name: _mapping(recipe) for name, recipe in entries.items()},
        verdict=verdict,
        left_over=sorted((_architectures_in(*folders) | _students_in(students_folder)) - set(entries)),
        provenance=_required_json(provenance_file),
        versions={name: version(name) for name in (os.environ.get("KERAS_BACKEND", "tensorflow"), *MADE_WITH)},
        validation=_required_json(validation_file),
        balanced_validation=_required_json(balanced_validation_file),
        balance=pd.read_csv(balance_file), origins=pd.read_csv(origins_file),
        training=read_faces(training_file), balanced=read_faces(balanced_file),
        private_test=private_test,
        explained=_explained(examination_folder, verdict.champion, private_test),
    )
    _write(report_file, render(data))
    _write(markdown_file, markdown(outcomes, verdict, vote, data.provenance, profile))
    _write(champion_card_file, champion_card(data))
    _write(ensemble_card_file, ensemble_card(data))
    _write(plots_script_file, _plots_script())
    for outcome in outcomes:
        print(f"{outcome.architecture}: {outcome.failure or 'reported'}", flush=True)


@cache
def _plots_script() -> str:
    return str(vl_convert.javascript_bundle(PLOTS_NEED, vl_version=VEGA_LITE))


def _mapping(recipe: Any) -> dict[str, Any]:
    return dict(recipe.model_dump() if hasattr(recipe, "model_dump") else recipe or {})


def _evidence(name: str, histories: Path, metrics: Path, predictions: Path, models: Path) -> Evidence:
    folders = {usage: predictions / usage for usage in STAGE_OF}
    return _found(name, histories, metrics, models / f"{name}.keras", folders)


def _evidence_of_student(name: str, histories: Path, metrics: Path, predictions: Path, students: Path) -> Evidence:
    """What may choose stands in the students' own folder, and what PrivateTest says apart from it."""
    folders = {Usage.PUBLIC_TEST: students / "predictions" / Usage.PUBLIC_TEST,
               Usage.PRIVATE_TEST: predictions / "students" / Usage.PRIVATE_TEST}
    return replace(_found(name, histories, metrics, students / "models" / f"{name}.keras", folders), student=True)


def _found(
    name: str, histories: Path, metrics: Path, model_file: Path, predictions: Mapping[Usage, Path]
) -> Evidence:
    history_file = histories / f"{name}.csv"
    contents = {faces: _json(metrics / faces / f"{name}.json") for sets in SETS_OF.values() for faces in sets}
    predicted = {usage: _predictions(folder / f"{name}.npz") for usage, folder in predictions.items()}
    return Evidence(
        name,
        model_sha256=sha256_of(model_file) if model_file.is_file() else None,
        history=pd.read_csv(history_file) if history_file.is_file() else None,
        metrics={faces: content for faces, content in contents.items() if content is not None},
        again=_json(metrics / Usage.TRAINING / f"{name}.json"),
        predictions={usage: content for usage, content in predicted.items() if content is not None},
    )


def _vote(folder: Path, metrics_folder: Path, outcomes: Iterable[Outcome]) -> Vote:
    file = folder / ENSEMBLE_FILE
    contents = {name: _json(metrics_folder / f"{name}.json") for name in SETS}
    predicted = {usage: _predictions(folder / f"{usage}.npz") for usage in SETS_OF}
    return assess_vote(
        _json(file), sha256_of(file) if file.is_file() else None,
        {name: content for name, content in contents.items() if content is not None},
        {usage: content for usage, content in predicted.items() if content is not None},
        outcomes)


def _analysis(folder: Path, curves: Path, outcomes: Iterable[Outcome], ensemble_file: Path) -> Analysis:
    """Files of the stage analyse that are of the models that are there now."""
    models = {one.architecture: one.predictions[Usage.PRIVATE_TEST].model_sha256 for one in outcomes if not one.failure}
    if ensemble_file.is_file():
        models[ENSEMBLE] = sha256_of(ensemble_file)
    contents = {name: _json(folder / f"{name}.json") for name in models}
    known = {name: content for name, content in contents.items()
             if content is not None and content["model_sha256"] == models[name]}
    compared = _json(folder / "comparison.json")
    of_these = compared is not None and set(compared[Usage.PRIVATE_TEST]["networks"]) == known.keys() == models.keys()
    return Analysis(known, compared if of_these else None, {
        kind: {name: pd.read_csv(curves / kind / f"{name}.csv") for name in known} for kind in CURVES})


def _explained(folder: Path, champion: Outcome | None, private_test: Faces) -> Explanations | None:
    """What the stage examine left of the champion that is there now."""
    occlusion_file, robustness = folder / "occlusion.npz", _json(folder / "robustness.json")
    if champion is None or robustness is None or not occlusion_file.is_file():
        return None
    predictions, explained = champion.predictions[Usage.PRIVATE_TEST], read_explained(occlusion_file)
    if {explained.model_sha256, robustness["model_sha256"]} != {predictions.model_sha256}:
        return None
    return explanations(private_test, predictions, explained, robustness)


def _architectures_in(histories: Path, metrics: Path, predictions: Path, models: Path) -> set[str]:
    files = [*histories.glob("*.csv"), *metrics.glob("P*Test*/*.json"), *predictions.glob("P*Test/*.npz"),
             *models.glob("*.keras")]
    return {file.stem for file in files}


def _students_in(folder: Path) -> set[str]:
    return {file.stem for file in (*folder.glob("models/*.keras"), *folder.glob("predictions/*/*.npz"))}


def _json(file: Path) -> Any:
    """Content of a file; None if it is missing or was cut short by a crash."""
    try:
        return json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _required_json(file: Path) -> Any:
    content = _json(file)
    if content is None:
        raise InputError(f"{file} is missing or no JSON. `dvc repro` makes it; `dvc pull` fetches it.")
    return content


def _predictions(file: Path) -> Predictions | None:
    """Content of a file; None if it is missing or was cut short by a crash."""
    try:
        return read_predictions(file)
    except (FileNotFoundError, EOFError, BadZipFile, KeyError, ValueError):
        return None


def _write(file: Path, text: str) -> None:
    """Replace `file` at once: nobody sees half a page."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)
