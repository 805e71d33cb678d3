"""Tiny networks, fitted to a handful of faces."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.fit import fit
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.targets import SoftTargets
from fer_pipeline.training.trainer import Trainer

TINY = {
    "lenet5": {"size": 20, "filters": [2, 4], "units": [8, 8]},
    "three_block_cnn": {"filters": [4, 4, 4], "kernel_sizes": [3, 3, 3], "units": [8, 8], "dropout": 0.5},
}
Fitted = tuple[keras.Model, Snapshot]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs the tests that look at a finished training, so that it is trained once."""
    for item in items:
        if item.path.parent == Path(__file__).parent and {"plain", "everything"} & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group("trained_once"))


@pytest.fixture(scope="module", autouse=True)
def _one_order_of_sums() -> None:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


@pytest.fixture(scope="session")
def tiny() -> Callable[..., keras.Model]:
    """Builds a tiny network with weights of a seed."""

    def build(architecture: str = "lenet5", *, seed: int = 5) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return architectures.build(architecture, input_shape=(48, 48, 1), classes=7, **TINY[architecture])

    return build


@pytest.fixture(scope="session")
def trainer(faces, recipe, tiny) -> Callable[..., Trainer]:
    """Makes the trainer of a tiny network on 21 faces."""

    def make(*, passes: int = 1, training: Faces | None = None, **changes: Any) -> Trainer:
        chosen: Recipe = recipe(**changes)
        return Trainer(tiny(chosen.architecture), training or faces(21), chosen, 11, passes)

    return make


@pytest.fixture(scope="session")
def start(faces, recipe, tiny) -> Callable[..., Fitted]:
    """Fits a tiny network to 21 faces, watched on 14."""

    def run(*, built_with: int = 5, seed: int = 11, training: Faces | None = None, snapshot: Snapshot | None = None,
            after_epoch: Callable[[Snapshot], None] = lambda _: None, soft: SoftTargets | None = None,
            **changes: Any) -> Fitted:
        chosen: Recipe = recipe(**changes)
        network = tiny(chosen.architecture, seed=built_with)
        last = fit(network, training or faces(21), faces(14, seed=9), chosen, seed=seed,
                   snapshot=snapshot or Snapshot(), after_epoch=after_epoch, callbacks=[], soft=soft)
        return network, last

    return run


def assert_same(values: list[np.ndarray], others: list[np.ndarray]) -> None:
    for value, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(value, other)
