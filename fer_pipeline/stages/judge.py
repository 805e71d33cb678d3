"""Judge one architecture on PrivateTest, the usage that chooses nothing. Only the report reads what this writes."""

import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import (
    Predictions,
    confusion_rows,
    predict,
    read_predictions,
    sha256_of,
    write_predictions,
)
from fer_pipeline.params import ComputeParams
from fer_pipeline.training.determinism import make_deterministic


def judge(
    compute: ComputeParams,
    model_file: Path,
    private_test_file: Path,
    verdicts_file: Path,
    public_test_predictions_file: Path,
    predictions_file: Path,
    metrics_file: Path,
    confusion_file: Path,
) -> None:
    """Write predictions and metrics: PrivateTest, the same without copies, and merged with PublicTest."""
    make_deterministic(seed=0, threads=compute.threads)
    network = keras.models.load_model(model_file)
    predictions = predict(network, read_faces(private_test_file), sha256_of(model_file))
    metrics = _metrics(predictions, read_predictions(public_test_predictions_file), pd.read_parquet(verdicts_file))
    write_predictions(predictions_file, predictions)
    metrics_file.write_text(json.dumps(metrics, indent=2) + "\n")
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(f"PrivateTest: accuracy {metrics['PrivateTest']['accuracy']:.1%}, without copies "
          f"{metrics['PrivateTest_without_copies']['accuracy']:.1%}", flush=True)


def _metrics(private_test: Predictions, public_test: Predictions, verdicts: pd.DataFrame) -> dict[str, Figures]:
    copy = (verdicts["copy_of_training"] | verdicts["copy_of_public_test"]).to_numpy()
    true, pred = private_test.emotion_true, private_test.emotion_pred
    return {
        "PrivateTest": figures(true, pred),
        "PrivateTest_without_copies": figures(true[~copy], pred[~copy]),
        "PublicTest_and_PrivateTest": figures(
            np.concatenate([public_test.emotion_true, true]), np.concatenate([public_test.emotion_pred, pred])),
    }
