"""Evaluate one network on PublicTest, the usage that guides, and once more on the faces that it learnt from."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from fer_pipeline.architectures import starting_weights
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.chosen_views import predict_public_test
from fer_pipeline.evaluation.cost import file_size, flops
from fer_pipeline.evaluation.headline import headline
from fer_pipeline.evaluation.latency import device_kind, measure
from fer_pipeline.evaluation.predictions import confusion_rows, predict, write_predictions
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe, Student, TestTime
from fer_pipeline.runtime import machine
from fer_pipeline.training.determinism import make_deterministic


def evaluate(
    entry: str,  # noqa: ARG001  chooses the recipe
    recipe: Recipe,
    compute: ComputeParams,
    model_file: Path,
    public_test_file: Path,
    training_file: Path,
    predictions_file: Path,
    metrics_file: Path,
    training_metrics_file: Path,
    confusion_file: Path,
    measured: dict[str, Any],
) -> None:
    """Write predictions, metrics and what the confusion plot is drawn from; latency goes to the run log alone.

    Training is seen as it is, once a face, without augmentation and dropout: what a history shows was measured with
    them while the weights changed.
    """
    make_deterministic(seed=0, threads=compute.threads)
    network, checksum = keras.models.load_model(model_file), sha256_of(model_file)
    faces = read_faces(public_test_file)
    predictions = predict_public_test(network, faces, recipe.test_time, checksum)
    again = predict(network, read_faces(training_file), TestTime(), checksum)
    public_test = headline(predictions.emotion_true, predictions.probabilities)
    temperature = fitted_temperature(predictions.emotion_true, predictions.probabilities)
    write_predictions(predictions_file, predictions)
    _write_json(metrics_file, {**public_test, "temperature": temperature, **_made_of(network, recipe),
                               "views": predictions.views, "file_bytes": file_size(model_file)})
    _write_json(training_metrics_file, headline(again.emotion_true, again.probabilities))
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(f"PublicTest: accuracy {public_test['accuracy']:.1%}, macro F1 {public_test['macro_f1']:.3f}", flush=True)
    measured |= {"model_sha256": predictions.model_sha256, "latency": _latency(network, faces, compute)}


def _latency(network: keras.Model, faces: Faces, compute: ComputeParams) -> dict[str, Any]:
    """For the run log: how long this network lets one wait, and on what."""
    with machine.other_work() as meanwhile:
        batches = [asdict(latency) for latency in measure(network, faces.pixels)]
    kind = device_kind()
    return {"kind": kind, "name": machine.gpu() if kind == "gpu" else machine.processor(),
            "backend": keras.backend.backend(), "threads": compute.threads, **meanwhile, "batches": batches}


def _write_json(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")


def _made_of(network: keras.Model, recipe: Recipe) -> dict[str, str | int]:
    """What must be known to compare the figures with others."""
    return {
        "architecture": recipe.architecture,
        "recipe": recipe.recipe,
        "weights": starting_weights(recipe.architecture, recipe.weights),
        **({"soft_label_share": recipe.soft_label_share} if recipe.soft_label_share else {}),
        **({"distilled_from": "ensemble"} if isinstance(recipe, Student) else {}),
        "parameters": network.count_params(),
        "flops": flops(network),
    }
