"""Evaluate one architecture on PublicTest, the usage that guides."""

import json
from pathlib import Path

import keras

from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import confusion_rows, predict, sha256_of, write_predictions
from fer_pipeline.params import ComputeParams
from fer_pipeline.training.determinism import make_deterministic


def evaluate(
    compute: ComputeParams,
    model_file: Path,
    public_test_file: Path,
    predictions_file: Path,
    metrics_file: Path,
    confusion_file: Path,
) -> None:
    """Write predictions, metrics and what the confusion plot is drawn from."""
    make_deterministic(seed=0, threads=compute.threads)
    network = keras.models.load_model(model_file)
    predictions = predict(network, read_faces(public_test_file), sha256_of(model_file))
    public_test = figures(predictions.emotion_true, predictions.emotion_pred)
    metrics = {**public_test, "parameters": network.count_params(), "flops": flops(network)}
    write_predictions(predictions_file, predictions)
    metrics_file.write_text(json.dumps(metrics, indent=2) + "\n")
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(f"PublicTest: accuracy {public_test['accuracy']:.1%}, macro F1 {public_test['macro_f1']:.3f}", flush=True)
