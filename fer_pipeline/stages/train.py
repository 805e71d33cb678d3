"""Train one architecture, going on from its last epoch if an earlier process was killed."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import pandas as pd

import fer_pipeline
from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.params import ComputeParams, Recipe, TrainParams
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.fit import Snapshot, fit
from fer_pipeline.training.progress import BatchProgress, epoch_line

CODE = ("training/*.py", "architectures/__init__.py", "data/faces.py", "labels.py", "stages/train.py")


def train(
    architecture: str,
    recipe: Recipe,
    train: TrainParams,
    compute: ComputeParams,
    training_file: Path,
    public_test_file: Path,
    model_file: Path,
    history_file: Path,
    measured: dict[str, Any],
) -> None:
    """Write the model and its history; time and rate go to the run log alone."""
    make_deterministic(train.seed, compute.threads)
    training, public_test = read_faces(training_file), read_faces(public_test_file)
    fingerprint = _fingerprint(architecture, recipe, train, compute, [training_file, public_test_file])
    state = ResumeState(f"train@{architecture}", fingerprint)
    network = architectures.build(
        architecture, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS), **recipe.hyperparameters)
    snapshot = _resume(state, recipe)
    snapshot = _fit(network, training, public_test, recipe, train, snapshot, state)
    archive = archive_of(network)
    model_file.write_bytes(archive)
    pd.DataFrame(snapshot.history).to_csv(history_file, index=False, float_format="%.6f")
    measured |= _measurements(snapshot, len(training)) | {"model_sha256": hashlib.sha256(archive).hexdigest()}
    state.discard()


def _fit(
    network: keras.Model, training: Faces, public_test: Faces, recipe: Recipe, train: TrainParams, snapshot: Snapshot,
    state: ResumeState,
) -> Snapshot:
    def after_epoch(snapshot: Snapshot) -> None:
        state.save(snapshot.arrays())
        print(epoch_line(snapshot, recipe.epochs, len(training)), flush=True)

    print(f"{network.name}: {network.count_params():,} parameters, {len(training):,} faces, up to {recipe.epochs} "
          "epochs", flush=True)
    progress = BatchProgress(len(training), recipe.batch_size)
    return fit(network, training, public_test, recipe, seed=train.seed, snapshot=snapshot, after_epoch=after_epoch,
               callbacks=[progress])


def _resume(state: ResumeState, recipe: Recipe) -> Snapshot:
    arrays = state.load()
    if arrays is None:
        return Snapshot()
    snapshot = Snapshot.of(arrays)
    print(f"Going on after epoch {len(snapshot.history)} of {recipe.epochs}", flush=True)
    return snapshot


def _fingerprint(
    architecture: str, recipe: Recipe, train: TrainParams, compute: ComputeParams, data_files: list[Path]
) -> str:
    """One hash of all that shapes the weights: code, params, data, framework."""
    package = Path(fer_pipeline.__file__).parent
    code = [file for pattern in (*CODE, f"architectures/{architecture}.py") for file in sorted(package.glob(pattern))]
    digest = hashlib.sha256()
    for file in (*code, *data_files):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    settings = [recipe.model_dump(), train.model_dump(), compute.model_dump(), keras.backend.backend(),
                *(version(package) for package in ("keras", "numpy", keras.backend.backend()))]
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()[:24]


def _measurements(snapshot: Snapshot, faces: int) -> dict[str, float]:
    epochs = len(snapshot.history)
    return {"training_seconds": round(snapshot.seconds, 3), "epochs": epochs,
            "faces_per_second": round(faces * epochs / snapshot.seconds, 1)}
