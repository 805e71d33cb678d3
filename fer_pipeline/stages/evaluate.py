"""Evaluate one network on PublicTest, the usage that guides."""

import json
from pathlib import Path

import keras

from fer_pipeline.architectures import starting_weights
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import confusion_rows, predict, write_predictions
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.determinism import make_deterministic


def evaluate(
    entry: str,  # noqa: ARG001  chooses the recipe
    recipe: Recipe,
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
    predictions = predict(network, read_faces(public_test_file), recipe.test_time, sha256_of(model_file))
    public_test = figures(predictions.emotion_true, predictions.emotion_pred)
    metrics = {**public_test, **_made_of(network, recipe)}
    write_predictions(predictions_file, predictions)
    metrics_file.write_text(json.dumps(metrics, indent=2) + "\n")
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(f"PublicTest: accuracy {public_test['accuracy']:.1%}, macro F1 {public_test['macro_f1']:.3f}", flush=True)


def _made_of(network: keras.Model, recipe: Recipe) -> dict[str, str | int]:
    """What must be known to compare the figures with others."""
    return {
        "architecture": recipe.architecture,
        "recipe": recipe.recipe,
        "weights": starting_weights(recipe.architecture, recipe.weights),
        "views": recipe.test_time.views,
        "parameters": network.count_params(),
        "flops": flops(network),
    }
