"""Judge one network on PrivateTest, the usage that chooses nothing. Only the report reads what this writes."""

from pathlib import Path

import keras
import pandas as pd

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.chosen_views import views_of
from fer_pipeline.evaluation.judgement import in_words, judged, write_judgement
from fer_pipeline.evaluation.predictions import confusion_rows, predict, read_predictions, write_predictions
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
    public_test = read_predictions(public_test_predictions_file)
    views = views_of(public_test, recipe.test_time)
    predictions = predict(network, read_faces(private_test_file), views, sha256_of(model_file))
    judgement = judged(predictions, public_test, pd.read_parquet(verdicts_file))
    write_predictions(predictions_file, predictions)
    write_judgement((metrics_file, without_copies_metrics_file, merged_metrics_file), judgement)
    confusion_rows(predictions).to_csv(confusion_file, index=False)
    print(in_words(judgement), flush=True)
