"""Validate: Great Expectations on the raw rows and on the faces of each usage, a verdict a face, the quarantine."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from fer_pipeline.census.findings import LEFT_OUT, findings_of
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import LeftOut, ValidateParams
from fer_pipeline.validation.checks import Outcome, check, refuse_failures
from fer_pipeline.validation.expectations import RAW_TABLE, faces_suite, faces_table, raw_suite, with_positions
from fer_pipeline.validation.left_out import left_out
from fer_pipeline.validation.verdicts import quarantine_table, verdicts


def validate(
    validate: ValidateParams,
    raw_table_file: Path,
    manifests_folder: Path,
    findings_folder: Path,
    pictures_folder: Path,
    training_verdicts_file: Path,
    public_test_verdicts_file: Path,
    private_test_verdicts_file: Path,
    quarantine_file: Path,
    summary_file: Path,
    data_docs_folder: Path,
) -> None:
    """Write verdicts, the quarantine, a summary of the validation and Data Docs.

    Raises:
        InputError: An expectation failed; the message lists those. Or the list of faces to leave out cannot be used.
    """
    raw_table = pd.read_parquet(raw_table_file)
    manifests = {usage: pd.read_parquet(manifests_folder / f"{usage}.parquet") for usage in Usage}
    found = {usage: pd.read_parquet(findings_folder / f"{usage}.parquet") for usage in Usage}
    outcomes = _check(validate, raw_table, manifests, found, data_docs_folder)
    found[Usage.TRAINING] = _with_left_out(found[Usage.TRAINING], validate.left_out)
    policies = validate.policies.model_dump() | {LEFT_OUT: "quarantine"}
    judged = {usage: verdicts(found[usage], usage, policies) for usage in Usage}
    verdicts_files = (training_verdicts_file, public_test_verdicts_file, private_test_verdicts_file)
    for usage, file in zip(Usage, verdicts_files, strict=True):
        judged[usage].to_parquet(file, index=False)
    quarantine_table(raw_table, manifests, judged, pictures_folder).to_csv(quarantine_file, index=False)
    summary = _summary(validate, raw_table, manifests, found, outcomes)
    summary_file.write_text(json.dumps(summary, indent=2) + "\n")
    _say(outcomes, summary, data_docs_folder)


def _check(
    params: ValidateParams,
    raw_table: pd.DataFrame,
    manifests: dict[Usage, pd.DataFrame],
    found: dict[Usage, pd.DataFrame],
    data_docs_folder: Path,
) -> list[Outcome]:
    tables = {RAW_TABLE: with_positions(raw_table)} | {
        str(usage): faces_table(manifests[usage], found[usage]) for usage in Usage}
    suites = {RAW_TABLE: raw_suite(params)} | {str(usage): faces_suite(usage, params) for usage in Usage}
    return check(tables, suites, data_docs_folder)


def _with_left_out(training: pd.DataFrame, listed: LeftOut | None) -> pd.DataFrame:
    return training if listed is None else training.assign(**{LEFT_OUT: left_out(training, listed)})


def _summary(
    params: ValidateParams,
    raw_table: pd.DataFrame,
    manifests: dict[Usage, pd.DataFrame],
    found: dict[Usage, pd.DataFrame],
    outcomes: list[Outcome],
) -> dict[str, Any]:
    return {
        "passed": all(outcome.success for outcome in outcomes),
        "rows": len(raw_table),
        "faces": {usage: _per_emotion(manifests[usage]) for usage in Usage},
        "quarantined_rows": dict(sorted(Counter(raw_table["problem"].dropna()).items())),
        "quarantined": raw_table.loc[raw_table["problem"].notna(), ["row", "detail"]].to_dict("records")[:100],
        "expectations": [asdict(outcome) for outcome in outcomes],
        "findings": {usage: _numbers(found[usage]) for usage in Usage},
        "policies": params.policies.model_dump(),
    }


def _numbers(found: pd.DataFrame) -> dict[str, int]:
    return {name: int(found[name].sum()) for name in findings_of(found)}


def _per_emotion(manifest: pd.DataFrame) -> dict[str, int]:
    return {name: int((manifest["emotion"] == index).sum()) for index, name in enumerate(EMOTIONS)}


def _say(outcomes: list[Outcome], summary: dict[str, Any], data_docs_folder: Path) -> None:
    met = sum(outcome.success for outcome in outcomes)
    print(f"{met} of {len(outcomes)} expectations met; "
          f"{sum(summary['quarantined_rows'].values())} csv rows quarantined", flush=True)
    repair = "Repair the source, or change its bound under 'validate' in params.yaml."
    refuse_failures(outcomes, "The data fail", repair, data_docs_folder)
