"""A prepared checkout of drawn faces, some of whose Training labels are wrong, and a small network."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.label_issues import command
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import Params
from fer_pipeline.sample.drawing import draw_faces

TRAINING, PUBLIC_TEST, PLANTED, COPIES, QUARANTINED = 1050, 70, 50, 20, 3
SEED = 4


@dataclass(frozen=True)
class Prepared:
    """Training as written, and the rows whose labels are wrong."""

    training: Faces
    planted: set[int]
    quarantined: set[int]


def drawn(emotion: np.ndarray, seed: int) -> Faces:
    number = len(emotion)
    return Faces(draw_faces(emotion, seed=seed), emotion.astype(np.uint8), np.arange(number, dtype=np.int32),
                 np.ones(number, np.float32))


@pytest.fixture(scope="session")
def doubtful() -> Prepared:
    """Drawn faces: the last are copies of the first, the next to last quarantined, some in between labelled wrongly."""
    random = np.random.default_rng(SEED)
    faces = drawn(random.permutation(np.arange(TRAINING) % len(EMOTIONS)), SEED)
    faces.pixels[-COPIES:], faces.emotion[-COPIES:] = faces.pixels[:COPIES], faces.emotion[:COPIES]
    quarantined = np.arange(TRAINING - COPIES - QUARANTINED, TRAINING - COPIES)
    wrong = random.choice(np.arange(COPIES, quarantined[0]), PLANTED, replace=False)
    faces.emotion[wrong] = (faces.emotion[wrong] + random.integers(1, 7, PLANTED)) % len(EMOTIONS)
    return Prepared(faces, set(wrong.tolist()), set(quarantined.tolist()))


@pytest.fixture
def prepared(doubtful: Prepared, checkout: Path) -> Prepared:
    """The files that `fer label-issues` reads, in a checkout of its own."""
    for file in (command.TRAINING, command.VERDICTS, command.PROVENANCE):
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
    write_faces(checkout / command.TRAINING, doubtful.training)
    write_faces(checkout / command.PUBLIC_TEST, drawn(np.arange(PUBLIC_TEST) % len(EMOTIONS), SEED + 1))
    verdict = ["quarantine" if row in doubtful.quarantined else "keep" for row in doubtful.training.row.tolist()]
    pd.DataFrame({"row": doubtful.training.row, "verdict": verdict}).to_parquet(checkout / command.VERDICTS)
    provenance = {"description": "1,050 synthetic faces <drawn>", "synthetic": True}
    (checkout / command.PROVENANCE).write_text(json.dumps(provenance))
    return doubtful


@pytest.fixture
def settings(params: Params, recipe: Callable) -> Callable[..., Params]:
    """Makes settings with one entry: a LeNet for 14 epochs, or other ones."""

    def make(**changes: object) -> Params:
        small = {"epochs": 14, "batch_size": 16, "optimizer": {"name": "adam", "learning_rate": 0.002},
                 "checkpoint": {"keep": "best"}}
        return params.model_copy(update={"architectures": {"small": recipe(**small | changes)}})

    return make


@pytest.fixture(autouse=True)
def _seeded_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow takes a number of threads before its first operation alone."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    for module in ("fer_pipeline.stages.train", "fer_pipeline.training.determinism"):
        monkeypatch.setattr(f"{module}.make_deterministic",
                            lambda seed, threads: keras.utils.set_random_seed(seed))  # noqa: ARG005
