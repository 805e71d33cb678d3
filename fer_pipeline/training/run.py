"""One training, from nothing or the last epoch of a killed process to a model file."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import pandas as pd

import fer_pipeline
from fer_pipeline.data.faces import Faces
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.fit import fit
from fer_pipeline.training.progress import BatchProgress, epoch_line
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.start import starting_network
from fer_pipeline.training.targets import SoftTargets
from fer_pipeline.training.tensorboard import EventLog
from fer_pipeline.training.trainer import faces_an_epoch


@dataclass(frozen=True)
class Training:
    """What is trained on what.

    Attributes:
        name: As DVC addresses the stage; names its state and its event log.
        seed: Of face order and augmentation; weights are drawn from generators that are seeded already.
        fingerprint: Of all that shapes the weights; a state under another one is forgotten.
        soft: What a teacher says of `training`; None for labels alone.
    """

    name: str
    recipe: Recipe
    seed: int
    compute: ComputeParams
    training: Faces
    public_test: Faces
    fingerprint: str
    soft: SoftTargets | None = None


def run(training: Training, model_file: Path, history_file: Path) -> dict[str, Any]:
    """Write the model and its history, and forget the state.

    Returns:
        What the run log is to hold: time and rate, which stand in no file of DVC, and the model's checksum.
    """
    state = ResumeState(training.name, training.fingerprint)
    snapshot = _resume(state, training.recipe)
    with _precision(training.compute):
        network = starting_network(training.recipe)
        snapshot = _fit(network, training, snapshot, state)
    archive = archive_of(_in_float32(network, training.recipe))
    model_file.write_bytes(archive)
    pd.DataFrame(snapshot.history).to_csv(history_file, index=False, float_format="%.8g")
    state.discard()
    shown = faces_an_epoch(training.training, training.recipe)
    return {**_measurements(snapshot, shown), "model_sha256": hashlib.sha256(archive).hexdigest()}


def fingerprint(
    recipe: Recipe, seed: int, compute: ComputeParams, code: Iterable[str], data_files: Iterable[Path],
) -> str:
    """One hash of all that shapes the weights: code, params, data, framework.

    Args:
        recipe: How it is trained.
        seed: The one used, wherever it stands.
        compute: Threads and precision.
        code: Patterns of files in the package, beside the architecture's own.
        data_files: Everything learnt from or watched.
    """
    package = Path(fer_pipeline.__file__).parent
    patterns = (*code, f"architectures/{recipe.architecture}.py")
    digest = hashlib.sha256()
    for file in (*(file for pattern in patterns for file in sorted(package.glob(pattern))), *data_files):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    settings = [recipe.model_dump(exclude={"seed"}), {"seed": seed}, compute.model_dump(), keras.backend.backend(),
                *(version(package) for package in ("keras", "numpy", keras.backend.backend()))]
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()[:24]


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
    served = starting_network(recipe)
    served.set_weights(network.get_weights())
    return served


def _fit(network: keras.Model, training: Training, snapshot: Snapshot, state: ResumeState) -> Snapshot:
    events, recipe = EventLog(state.name), training.recipe

    def after_epoch(snapshot: Snapshot) -> None:
        state.save(snapshot.arrays())
        events.write(snapshot.history[-1])
        print(epoch_line(snapshot, recipe.epochs, shown), flush=True)

    shown = faces_an_epoch(training.training, recipe)
    print(f"{network.name}, {recipe.recipe}: {network.count_params():,} parameters, {shown:,} faces an epoch, up to "
          f"{recipe.epochs} epochs", flush=True)
    last = fit(network, training.training, training.public_test, recipe, seed=training.seed, snapshot=snapshot,
               after_epoch=after_epoch, callbacks=[BatchProgress(shown)], soft=training.soft)
    events.close()
    return last


def _resume(state: ResumeState, recipe: Recipe) -> Snapshot:
    arrays = state.load()
    if arrays is None:
        return Snapshot()
    snapshot = Snapshot.of(arrays)
    print(f"Going on after epoch {len(snapshot.history)} of {recipe.epochs}", flush=True)
    return snapshot


def _measurements(snapshot: Snapshot, faces: int) -> dict[str, float]:
    epochs = len(snapshot.history)
    return {"training_seconds": round(snapshot.seconds, 3), "epochs": epochs,
            "faces_per_second": round(faces * epochs / snapshot.seconds, 1)}
