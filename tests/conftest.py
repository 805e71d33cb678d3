"""What every test stands on: no GPU, slots and state of its own, and a handful of random faces."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.params import Params
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.framework import FRAMEWORK

ROOT = Path(__file__).parents[1]
SHARES = np.array([467, 56, 496, 895, 653, 415, 607])       # faces of each emotion in PublicTest
OWN_VARIABLES = ("DVC_STAGE", "FER_FLOW_RUN", "FER_FRESH", "FER_OWNER_PID", "FER_SLOTS")
signal.signal(signal.SIGINT, signal.default_int_handler)    # tests send it; pytest in the background inherits deafness
os.environ |= FRAMEWORK | {"CUDA_VISIBLE_DEVICES": "-1", "GX_ANALYTICS_ENABLED": "false"}


@pytest.fixture(autouse=True)
def _own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots, state and settings of this machine's real runs stay out of the tests, and the tests out of them."""
    monkeypatch.setenv("FER_SLOTS_FOLDER", str(tmp_path / "slots"))
    monkeypatch.setenv("FER_STATE", str(tmp_path / "state"))
    for name in OWN_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def faces() -> Callable[..., Faces]:
    """Makes random faces: `faces(14)` has every emotion twice; `faces(emotion=[0, 0, 3], seed=1)`."""

    def make(number: int = 14, *, emotion: list[int] | None = None, seed: int = 0, first_row: int = 0) -> Faces:
        labels = np.arange(number) % len(EMOTIONS) if emotion is None else np.array(emotion)
        return Faces(
            pixels=np.random.default_rng(seed).integers(0, 256, (len(labels), FACE_SIZE, FACE_SIZE), np.uint8),
            emotion=labels.astype(np.uint8),
            row=np.arange(first_row, first_row + len(labels), dtype=np.int32),
            weight=np.ones(len(labels), np.float32),
        )

    return make


@pytest.fixture(scope="session")
def recipe() -> Callable[..., Recipe]:
    """Makes a recipe of two plain epochs with the given departures."""

    def make(**changes: object) -> Recipe:
        plain = {"architecture": "lenet5", "recipe": "plain", "epochs": 2, "batch_size": 8,
                 "optimizer": {"name": "adam", "learning_rate": 0.01}, "checkpoint": {"keep": "last"}}
        return Recipe.model_validate(plain | changes)

    return make


@pytest.fixture(scope="session")
def params() -> Params:
    """The profile `sample`."""
    return Params.model_validate(YAML(typ="safe").load(ROOT / "profiles" / "sample.yaml"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own folder with params.yaml of the profile `sample` and the profiles, entered."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    shutil.copyfile(ROOT / "profiles" / "sample.yaml", folder / "params.yaml")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def network() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Makes up what a network says: emotions `(faces,)` uint8 and probabilities `(faces, 7)` float32.

    `network(200, seed=1, skill=3)`; `labels_seed` chooses the emotions: two networks on the same faces differ in
    `seed` alone.
    """

    def make(faces: int = 300, *, seed: int = 0, skill: float = 2, labels_seed: int = 0,
             absent: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
        shares = np.where(np.isin(np.arange(7), absent), 0, SHARES)
        true = np.random.default_rng(labels_seed).choice(7, faces, p=shares / shares.sum())
        logits = np.random.default_rng(1000 + seed).normal(0, 1.3, (faces, 7))
        logits[np.arange(faces), true] += skill
        raised = np.exp(logits)
        return true.astype(np.uint8), (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)

    return make
