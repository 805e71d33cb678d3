"""Train one network, going on from its last epoch if an earlier process was killed."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import pandas as pd

import fer_pipeline
from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.fit import fit
from fer_pipeline.training.progress import BatchProgress, epoch_line
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.tensorboard import EventLog
from fer_pipeline.training.trainer import faces_an_epoch

CODE = ("training/*.py", "architectures/__init__.py", "backbones/*.py", "balancing/weights.py", "inference.py",
        "batches.py", "data/faces.py", "plain_zip.py", "progress.py", "labels.py", "stages/train.py")


def train(
    entry: str,
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
    fingerprint = _fingerprint(recipe, train, compute, [training_file, public_test_file])
    state = ResumeState(f"train@{entry}", fingerprint)
    snapshot = _resume(state, recipe)
    with _precision(compute):
        network = _build(recipe)
        snapshot = _fit(network, training, public_test, recipe, train, snapshot, state)
    archive = archive_of(_in_float32(network, recipe))
    model_file.write_bytes(archive)
    pd.DataFrame(snapshot.history).to_csv(history_file, index=False, float_format="%.8g")
    measured |= _measurements(snapshot, faces_an_epoch(training, recipe))
    measured["model_sha256"] = hashlib.sha256(archive).hexdigest()
    state.discard()


def _build(recipe: Recipe) -> keras.Model:
    return architectures.build(recipe.architecture, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS),
                               weights=recipe.weights, **recipe.hyperparameters)


@contextmanager
def _precision(compute: ComputeParams) -> Iterator[None]:
    before = keras.config.dtype_policy()
    if compute.mixed_precision:
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _in_float32(network: keras.Model, recipe: Recipe) -> keras.Model:
    """The network as it is served: in full precision, whatever it was trained in."""
    if keras.config.dtype_policy() == network.dtype_policy:
        return network
    served = _build(recipe)
    served.set_weights(network.get_weights())
    return served


def _fit(
    network: keras.Model, training: Faces, public_test: Faces, recipe: Recipe, train: TrainParams, snapshot: Snapshot,
    state: ResumeState,
) -> Snapshot:
    events = EventLog(state.name)

    def after_epoch(snapshot: Snapshot) -> None:
        state.save(snapshot.arrays())
        events.write(snapshot.history[-1])
        print(epoch_line(snapshot, recipe.epochs, shown), flush=True)

    shown = faces_an_epoch(training, recipe)
    print(f"{network.name}, {recipe.recipe}: {network.count_params():,} parameters, {shown:,} faces an epoch, up to "
          f"{recipe.epochs} epochs", flush=True)
    last = fit(network, training, public_test, recipe, seed=train.seed, snapshot=snapshot, after_epoch=after_epoch,
               callbacks=[BatchProgress(shown)])
    events.close()
    return last


def _resume(state: ResumeState, recipe: Recipe) -> Snapshot:
    arrays = state.load()
    if arrays is None:
        return Snapshot()
    snapshot = Snapshot.of(arrays)
    print(f"Going on after epoch {len(snapshot.history)} of {recipe.epochs}", flush=True)
    return snapshot


def _fingerprint(recipe: Recipe, train: TrainParams, compute: ComputeParams, data_files: list[Path]) -> str:
    """One hash of all that shapes the weights: code, params, data, framework."""
    package = Path(fer_pipeline.__file__).parent
    patterns = (*CODE, f"architectures/{recipe.architecture}.py")
    code = [file for pattern in patterns for file in sorted(package.glob(pattern))]
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
