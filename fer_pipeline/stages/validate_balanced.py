"""Validate balanced: Great Expectations on the faces that networks are trained on."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from fer_pipeline.data.faces import read_faces
from fer_pipeline.params import BalanceParams
from fer_pipeline.validation.balanced_expectations import (
    BALANCED_EMOTIONS,
    BALANCED_SET,
    balanced_emotions_suite,
    balanced_suite,
)
from fer_pipeline.validation.balanced_set import emotions_table, faces_table
from fer_pipeline.validation.checks import check, refuse_failures


def validate_balanced(
    balance: BalanceParams,
    balanced_file: Path,
    training_file: Path,
    verdicts_file: Path,
    counts_file: Path,
    origins_file: Path,
    summary_file: Path,
    data_docs_folder: Path,
) -> None:
    """Write a summary of the validation and Data Docs.

    Raises:
        InputError: An expectation failed; the message lists those.
    """
    balanced, training, verdicts = read_faces(balanced_file), read_faces(training_file), pd.read_parquet(verdicts_file)
    quarantined = verdicts["row"][verdicts["verdict"] == "quarantine"]
    sound = training.take(~pd.Series(training.row).isin(quarantined).to_numpy())
    tables = {
        BALANCED_SET: faces_table(balanced, training, quarantined.tolist(), pd.read_csv(origins_file)),
        BALANCED_EMOTIONS: emotions_table(balanced, sound, pd.read_csv(counts_file), balance)}
    suites = {BALANCED_SET: balanced_suite(), BALANCED_EMOTIONS: balanced_emotions_suite(balance)}
    outcomes = check(tables, suites, data_docs_folder)
    met = [outcome.success for outcome in outcomes]
    summary = {"passed": all(met), "faces": len(balanced), "expectations": [asdict(outcome) for outcome in outcomes]}
    summary_file.write_text(json.dumps(summary, indent=2) + "\n")
    print(f"{sum(met)} of {len(met)} expectations met on {len(balanced):,} faces", flush=True)
    refuse_failures(outcomes, "The balanced Training set fails",
                    "Run the stage balance again; if its files are its own, its code is wrong.", data_docs_folder)
