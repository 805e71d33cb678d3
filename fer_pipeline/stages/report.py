"""Report: everything a person wants to see, as one html page. Nothing in it is measured by a clock."""

import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from fer_pipeline.data.faces import read_faces
from fer_pipeline.reporting.left_files import (
    analysis_in,
    architectures_in,
    evidence_of,
    evidence_of_student,
    explanations_in,
    json_in,
    required_json,
    students_in,
    vote_in,
)
from fer_pipeline.reporting.markdown import markdown
from fer_pipeline.reporting.model_card import champion_card, ensemble_card
from fer_pipeline.reporting.page import ReportData, render
from fer_pipeline.reporting.results import assess, find_champion, ranked
from fer_pipeline.runtime.whole_file import write_whole

PLOTS_NEED = "window.vega = vega; window.vegaLite = vegaLite; window.vegaEmbed = vegaEmbed;"
MADE_WITH = ("keras", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "great-expectations")
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
    evidence = [*(evidence_of(name, *folders) for name in architectures),
                *(evidence_of_student(name, *folders[:3], students_folder) for name in students)]
    outcomes, entries = ranked(map(assess, evidence)), {**architectures, **students}
    private_test = read_faces(private_test_file)
    vote = vote_in(ensemble_folder, metrics_folder / "ensemble", outcomes)
    verdict = find_champion(outcomes, json_in(champion_file))
    data = ReportData(
        profile=profile,
        outcomes=outcomes,
        vote=vote,
        analysis=analysis_in(analysis_folder, curves_folder, outcomes, ensemble_folder),
        recipes={name: _mapping(recipe) for name, recipe in entries.items()},
        verdict=verdict,
        left_over=sorted((architectures_in(*folders) | students_in(students_folder)) - set(entries)),
        provenance=required_json(provenance_file),
        versions={name: version(name) for name in (os.environ.get("KERAS_BACKEND", "tensorflow"), *MADE_WITH)},
        validation=required_json(validation_file),
        balanced_validation=required_json(balanced_validation_file),
        balance=pd.read_csv(balance_file), origins=pd.read_csv(origins_file),
        training=read_faces(training_file), balanced=read_faces(balanced_file),
        private_test=private_test,
        explained=explanations_in(examination_folder, verdict.champion, private_test),
    )
    write_whole(report_file, render(data).encode())
    write_whole(markdown_file, markdown(outcomes, verdict, vote, data.provenance, profile).encode())
    write_whole(champion_card_file, champion_card(data).encode())
    write_whole(ensemble_card_file, ensemble_card(data).encode())
    write_whole(plots_script_file, plots_script().encode())
    for outcome in outcomes:
        print(f"{outcome.architecture}: {outcome.failure or 'reported'}", flush=True)


@cache
def plots_script() -> str:
    """Vega's script, which the pages of `dvc plots` load from beside themselves."""
    return str(vl_convert.javascript_bundle(PLOTS_NEED, vl_version=VEGA_LITE))


def _mapping(recipe: Any) -> dict[str, Any]:
    return dict(recipe.model_dump() if hasattr(recipe, "model_dump") else recipe or {})
