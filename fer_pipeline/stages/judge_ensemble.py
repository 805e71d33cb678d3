"""Judge the ensemble on PrivateTest, the usage that chooses nothing. Only the report reads what this writes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.judgement import in_words, judged, write_judgement
from fer_pipeline.evaluation.members import voted
from fer_pipeline.evaluation.predictions import Predictions, confusion_rows, read_predictions, write_predictions


def judge_ensemble(
    ensemble_file: Path,
    private_test_predictions_folder: Path,
    verdicts_file: Path,
    public_test_vote_file: Path,
    vote_file: Path,
    metrics_file: Path,
    without_copies_metrics_file: Path,
    merged_metrics_file: Path,
    confusion_file: Path,
) -> None:
    """Write the vote and its metrics: PrivateTest, the same without copies, and merged with PublicTest.

    Raises:
        InputError: A member has no PrivateTest predictions, or those of another model file or of other faces; or the
            vote on PublicTest is of another ensemble.
    """
    record, checksum = json.loads(ensemble_file.read_text()), sha256_of(ensemble_file)
    said = {member["architecture"]: _predictions(member, private_test_predictions_folder)
            for member in record["members"]}
    votes = {member["architecture"]: member["votes"] for member in record["members"]}
    vote = voted(said, votes, checksum, "judge")
    judgement = judged(vote, _public_test(public_test_vote_file, checksum), pd.read_parquet(verdicts_file))
    write_predictions(vote_file, vote)
    write_judgement((metrics_file, without_copies_metrics_file, merged_metrics_file), judgement)
    confusion_rows(vote).to_csv(confusion_file, index=False)
    print(in_words(judgement), flush=True)


def _predictions(member: Mapping[str, Any], folder: Path) -> Predictions:
    name, file = member["architecture"], folder / f"{member['architecture']}.npz"
    if not file.exists():
        raise InputError(f"{name} votes in the ensemble and has no PrivateTest predictions: {file} is not there. "
                         f"Run dvc repro judge@{name}.")
    predictions = read_predictions(file)
    if predictions.model_sha256 != member["model_sha256"]:
        raise InputError(f"{name} votes in the ensemble as the model {member['model_sha256']}, and {file} is of the "
                         f"model {predictions.model_sha256}. Run dvc repro judge@{name} ensemble.")
    return predictions


def _public_test(file: Path, ensemble_sha256: str) -> Predictions:
    predictions = read_predictions(file)
    if predictions.model_sha256 != ensemble_sha256:
        raise InputError(f"{file} is the vote of another ensemble ({predictions.model_sha256}) than the one to judge "
                         f"({ensemble_sha256}). Run dvc repro ensemble.")
    return predictions
