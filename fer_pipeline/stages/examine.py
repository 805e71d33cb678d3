"""Examine the champion on PrivateTest: what its predictions rest on, and what corrupted faces cost it.

Nothing is chosen by it; only the report reads what this writes.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from fer_pipeline.champion import recipe_of
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.chosen_views import views_of
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.examination.corruptions import corruptions
from fer_pipeline.examination.explained_faces import write_explained
from fer_pipeline.examination.occlusion import explain
from fer_pipeline.examination.robustness import Robustness, as_table, robustness
from fer_pipeline.labels import Usage
from fer_pipeline.params import ComputeParams, ExamineParams
from fer_pipeline.recipes import Recipe, Student
from fer_pipeline.training.determinism import make_deterministic


def examine(
    architectures: Mapping[str, Recipe],
    students: Mapping[str, Student],
    compute: ComputeParams,
    examine: ExamineParams,
    champion_model_file: Path,
    champion_file: Path,
    private_test_file: Path,
    predictions_folder: Path,
    robustness_file: Path,
    robustness_table_file: Path,
    occlusion_file: Path,
) -> None:
    """Write figures on corrupted faces, and the occlusion maps of the most confident right and wrong ones.

    Raises:
        InputError: params.yaml does not name the champion, or its PrivateTest predictions are missing, of another model
            file or of other faces.
    """
    champion = json.loads(champion_file.read_text())["architecture"]
    recipe = recipe_of(champion, architectures, students)
    private_test = read_faces(private_test_file)
    folder, judge = (("students", "judge_student") if champion in students else ("", "judge"))
    clean = _predictions(champion, champion_model_file, private_test, predictions_folder / folder / Usage.PRIVATE_TEST,
                         f"{judge}@{champion}")
    test_time = views_of(clean, recipe.test_time)
    make_deterministic(seed=0, threads=compute.threads)
    network = keras.models.load_model(champion_model_file)
    found = robustness(network, private_test.pixels, clean, test_time, corruptions(examine.seed),
                       examine.corruptions.model_dump())
    robustness_file.write_text(json.dumps(found, indent=2) + "\n")
    as_table(found).to_csv(robustness_table_file, index=False)
    write_explained(occlusion_file, explain(network, private_test.pixels, clean, test_time, examine))
    print(_in_words(champion, found), flush=True)


def _predictions(champion: str, model_file: Path, faces: Faces, folder: Path, stage: str) -> Predictions:
    file, model_sha256 = folder / f"{champion}.npz", sha256_of(model_file)
    if not file.exists():
        raise InputError(f"The champion {champion} has no PrivateTest predictions: {file} is not there. "
                         f"Run dvc repro {stage}.")
    predictions = read_predictions(file)
    if predictions.model_sha256 != model_sha256:
        raise InputError(f"The champion {champion} is the model {model_sha256}, and {file} is of the model "
                         f"{predictions.model_sha256}. Run dvc repro {stage} select.")
    if not (np.array_equal(predictions.row, faces.row) and np.array_equal(predictions.emotion_true, faces.emotion)):
        raise InputError(f"{file} has {len(predictions.row):,} faces that are not those of PrivateTest "
                         f"({len(faces):,}). Run dvc repro {stage}.")
    return predictions


def _in_words(champion: str, found: Robustness) -> str:
    worst, loss = min(((name, one["difference"]) for name, kind in found["corruptions"].items()
                       for one in kind["strengths"]), key=lambda pair: pair[1], default=("none tried", 0.0))
    return f"{champion} on corrupted PrivateTest faces: at worst {100 * loss:+.1f} points, by {worst}"
