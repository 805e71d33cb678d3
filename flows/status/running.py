"""What runs where now: the flow, its stages, the device slots and the trainings with their epochs."""

import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from fer_pipeline.params import Params
from fer_pipeline.runtime.folders import slots_folder, state_folder
from fer_pipeline.runtime.lock_holders import Holder, holder
from fer_pipeline.runtime.slots import machine_slots


@dataclass(frozen=True)
class Slot:
    """A device slot of this machine.

    Attributes:
        name: `cpu:0` or `gpu:0`.
        pid: Who holds it; None if it is free.
        stage: What that is doing, as it says itself.
        folder: Where that works; None if it is free, or another user's.
    """

    name: str
    pid: int | None = None
    stage: str | None = None
    folder: str | None = None


@dataclass(frozen=True)
class Training:
    """A training with resume state: it runs, or was cut and can go on.

    Attributes:
        stage: As DVC addresses it.
        pid: Who trains; None for a training that was cut.
        epoch: The last that is kept; 0 for none yet, None where the state does not tell.
        epochs: Of the recipe now; None if params.yaml names no such entry.
        seconds_left: Until the last epoch at the latest; None where nothing tells.
        saved: Seconds since 1970 of the last epoch; None for none yet.
    """

    stage: str
    pid: int | None
    epoch: int | None
    epochs: int | None
    seconds_left: float | None
    saved: float | None


def slots(params: Params) -> list[Slot]:
    """Every slot of this machine, and those that others hold beside them."""
    machine = machine_slots(params.compute.threads, params.run.slots_per_gpu)
    names, shared = {slot.lock: slot.name for slot in machine}, {slot.shared_lock for slot in machine}
    taken = {file.stem: found for file in sorted(slots_folder().glob("*.lock"))
             if file.stem not in shared and (found := holder(file)) is not None}
    return [_slot(names.get(lock, lock), taken.get(lock)) for lock in dict.fromkeys([*names, *taken])]


def _slot(name: str, found: Holder | None) -> Slot:
    if found is None:
        return Slot(name)
    stage = found.said.partition(", ")[2] or None
    return Slot(name, found.pid, stage, _folder(found.pid))


def _folder(pid: int) -> str | None:
    try:
        return str(psutil.Process(pid).cwd())
    except psutil.Error:
        return None


def trainings(params: Params) -> list[Training]:
    """Trainings with a state that somebody works on, or that another can go on from."""
    folders = sorted(state_folder().iterdir()) if state_folder().exists() else []
    found = [_training(folder, params) for folder in folders if folder.is_dir()]
    return [training for training in found if training.pid is not None or training.saved is not None]


def _training(folder: Path, params: Params) -> Training:
    held = holder(folder / "lock")
    recipe = params.entries.get(folder.name.partition("@")[2])
    epochs = None if recipe is None else recipe.epochs
    file = max(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime, default=None)
    facts = {} if file is None else _facts(file)
    done = len(facts["history"]) if "history" in facts else (0 if file is None else None)
    saved = None if file is None else file.stat().st_mtime
    return Training(folder.name, None if held is None else held.pid, done, epochs,
                    _seconds_left(facts, done, epochs, saved if held else None), saved)


def _facts(file: Path) -> dict[str, Any]:
    """What a snapshot says of itself, without its weights; nothing for one that says nothing or goes meanwhile."""
    try:
        with np.load(file) as arrays:
            return dict(json.loads(str(arrays["facts"]))) if "facts" in arrays else {}
    except (FileNotFoundError, zipfile.BadZipFile):
        return {}


def _seconds_left(facts: dict[str, Any], done: int | None, epochs: int | None, since: float | None) -> float | None:
    """By the mean epoch so far; what passed since the last one was kept counts for a running training."""
    if not done or epochs is None:
        return None
    left: float = facts["seconds"] / done * (epochs - done)
    return max(0.0, left - (time.time() - since if since else 0.0))
