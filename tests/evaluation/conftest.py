"""Made-up networks: their true emotions and probabilities, without a network."""

from collections.abc import Callable

import numpy as np
import pytest

SHARES = np.array([467, 56, 496, 895, 653, 415, 607])       # faces of each emotion in PublicTest
Network = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture(scope="session")
def network() -> Network:
    """Makes emotions `(faces,)` uint8 and probabilities `(faces, 7)` float32: `network(200, seed=1, skill=3)`.

    `labels_seed` chooses the emotions alone: two networks on the same faces differ in `seed`.
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
