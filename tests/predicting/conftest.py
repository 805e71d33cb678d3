"""A small network in an ONNX file, for every test of the network in use: the shipped one is not needed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline.labels import EMOTIONS
from tests.made_onnx import write_made_onnx


@pytest.fixture(scope="session")
def onnx_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes one with random weights for 12 x 12 squares: `onnx_model(seed=1, emotions=(...))`.

    Other keywords go into its card; `card=None` writes none.
    """

    def make(*, seed: int = 0, **card: object) -> Path:
        told = {"name": "made", "architecture": "made", "emotions": EMOTIONS,
                "test_time": {"horizontal_flip": True, "shift_pixels": 2}} | card
        weights = np.random.default_rng(seed).normal(0, 0.02, (16, len(EMOTIONS)))
        return write_made_onnx(tmp_path_factory.mktemp("network") / "made.onnx", weights,
                               card=told if card.get("card", "made") is not None else None)

    return make


@pytest.fixture(scope="session")
def model_file(onnx_model: Callable[..., Path]) -> Path:
    """One of them, with ten views a face on its card."""
    return onnx_model()
