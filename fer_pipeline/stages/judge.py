"""Judge one network on PrivateTest, the usage that chooses nothing. Only the report reads what this writes."""

import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import (
    Predictions,
    confusion_rows,
    predict,
    read_predictions,
    write_predictions,
)
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.determinism import make_deterministic


def judge(
    entry: str,  # noqa: ARG001  chooses the recipe
    recipe: Recipe,
    compute: ComputeParams,
    model_file: Path,
    private_test_file: Path,
    verdicts_file: Path,
    public_test_predictions_file: Path,
    predictions_file: Path,
    metrics_file: Path,
    without_copies_metrics_file: Path,
    merged_metrics_file: Path,
    confusion_file: Path,
) -> None:
    """Write predictions and metrics: PrivateTest, the same without copies, and merged with PublicTest."""
    make_deterministic(seed=0, threads=compute.threads)
    network = keras.models.load_model(model_file)
    predictions = predict(network, read_faces(private_test_file), recipe.test_time, sha256_of(model_file))
    public_test = read_predictions(public_test_predictions_file)
    private_test, without_copies, merged = _metrics(predictions, public_test, pd.read_parquet(verdicts_file))
    write_predictions(predictions_file, predictions)
    _write(metrics_file, private_test)
    _write(without_copies_metrics_file, without_copies)
    _write(merged_metrics_file, merged)
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(f"PrivateTest: accuracy {private_test['accuracy']:.1%}, without copies {without_copies['accuracy']:.1%}",
          flush=True)


def _metrics(
    private_test: Predictions, public_test: Predictions, verdicts: pd.DataFrame
) -> tuple[Figures, Figures, Figures]:
    copy = (verdicts["copy_of_training"] | verdicts["copy_of_public_test"]).to_numpy()
    true, pred = private_test.emotion_true, private_test.emotion_pred
    merged = (np.concatenate([public_test.emotion_true, true]), np.concatenate([public_test.emotion_pred, pred]))
    return figures(true, pred), figures(true[~copy], pred[~copy]), figures(*merged)


def _write(file: Path, metrics: Figures) -> None:
    file.write_text(json.dumps(metrics, indent=2) + "\n")
