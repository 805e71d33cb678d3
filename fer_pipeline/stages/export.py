"""Export the champion as ONNX and LiteRT, and say what conversion costs. Nothing is chosen by it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_pipeline.champion import recipe_of
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.evaluation.rounding import rounded
from fer_pipeline.exporting.cards import Judged, card_of, read_judged, words_of
from fer_pipeline.exporting.comparison import require_same, require_small_loss
from fer_pipeline.exporting.files import Files, compare_files, places_of_maps, write_files
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import Usage
from fer_pipeline.params import ComputeParams, ExportParams
from fer_pipeline.recipes import Recipe, Student
from fer_pipeline.training.determinism import make_deterministic


def export(
    profile: str,
    architectures: Mapping[str, Recipe],
    students: Mapping[str, Student],
    compute: ComputeParams,
    export: ExportParams,
    champion_model_file: Path,
    champion_file: Path,
    provenance_file: Path,
    training_file: Path,
    public_test_file: Path,
    private_test_file: Path,
    predictions_folder: Path,
    students_folder: Path,
    champion_onnx_file: Path,
    champion_litert_file: Path,
    champion_int8_file: Path,
    export_file: Path,
) -> None:
    """Write the champion's files, each with its card, and how they differ from Keras on PublicTest.

    Raises:
        InputError: params.yaml does not name the champion, its predictions are missing or of another model, or a file
            differs too much from it.
    """
    make_deterministic(seed=0, threads=compute.threads)
    name = json.loads(champion_file.read_text())["architecture"]
    recipe = recipe_of(name, architectures, students)
    judged = _judged(name, name in students, predictions_folder, students_folder, sha256_of(champion_model_file))
    card = card_of(name, recipe, judged, words_of(json.loads(provenance_file.read_text()), profile))
    network = load_network(champion_model_file)
    files = Files(champion_onnx_file, champion_litert_file, champion_int8_file)
    calibration = _sample(read_faces(training_file), export)
    card = write_files(network, card, read_faces(private_test_file), calibration, files)
    public_test = read_faces(public_test_file)
    by_keras = probabilities(network, public_test.pixels)
    found = compare_files(files, public_test, by_keras, compute.threads)
    export_file.write_text(json.dumps({
        "architecture": name, "model_sha256": card.model_sha256, "faces": len(public_test),
        "class_maps": places_of_maps(files.onnx), "keras": _of_keras(champion_model_file, by_keras, public_test),
        **found}, indent=2) + "\n")
    require_same(found["onnx"], str(files.onnx))
    require_same(found["litert"], str(files.litert))
    require_small_loss(found["litert_int8"], str(files.litert_int8), export.max_int8_loss)
    print(_in_words(name, found), flush=True)


def _of_keras(model_file: Path, by_keras: np.ndarray, faces: Faces) -> dict[str, Any]:
    return {"bytes": model_file.stat().st_size,
            "accuracy": rounded(float((by_keras.argmax(1) == faces.emotion).mean()))}


def _judged(name: str, student: bool, predictions_folder: Path, students_folder: Path, model_sha256: str) -> Judged:
    guides, judges = ((students_folder / "predictions", predictions_folder / "students") if student
                      else (predictions_folder, predictions_folder))
    return read_judged(guides / Usage.PUBLIC_TEST / f"{name}.npz", judges / Usage.PRIVATE_TEST / f"{name}.npz",
                       model_sha256)


def _sample(training: Faces, export: ExportParams) -> np.ndarray:
    """Faces by whose activations int8 is calibrated; all of Training if it has no more."""
    number = min(export.calibration_faces, len(training))
    return training.pixels[np.sort(np.random.default_rng(export.seed).choice(len(training), number, replace=False))]


def _in_words(champion: str, found: Mapping[str, Any]) -> str:
    told = (f"{name} {one['bytes'] / 1e6:.2f} MB, {one['same_class']:.2%} as Keras, accuracy "
            f"{100 * one['accuracy_difference']:+.2f} points" for name, one in found.items())
    return f"{champion} exported: {'; '.join(told)}"
