"""A csv of random faces and what the images stage makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import pandas as pd
import pytest

from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.data.fer2013 import csv_text
from fer_pipeline.labels import Usage
from fer_pipeline.params import Params
from fer_pipeline.stages.census import census
from fer_pipeline.stages.images import images
from fer_pipeline.stages.votes import NO_VOTES

Rows = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Prepared:
    """What the stages images and census wrote."""

    raw_table: Path
    training: Path
    public_test: Path
    private_test: Path
    manifests: Path
    pictures: Path
    findings: Path
    census: Path
    votes: Path


@pytest.fixture
def rows(faces: Callable[..., Faces]) -> Rows:
    """42 rows: every emotion twice a usage, the usages in turn."""
    made = faces(42)
    usage = [name for name in Usage for _ in range(14)]
    text = [(str(emotion), " ".join(map(str, face.ravel())), str(name))
            for emotion, face, name in zip(made.emotion, made.pixels, usage, strict=True)]
    return [row for start in range(14) for row in text[start::14]]


@pytest.fixture
def csv_file(tmp_path: Path, rows: Rows) -> Path:
    file = tmp_path / "source" / "fer2013.csv"
    file.parent.mkdir()
    file.write_text(csv_text(rows))
    return file


@pytest.fixture
def prepare(tmp_path: Path, params: Params) -> Callable[..., Prepared]:
    """Runs the stages images and census on a csv and, where given, FER+ votes by usage."""

    def run(csv_file: Path, voted: dict[Usage, pd.DataFrame] | None = None) -> Prepared:
        folder = tmp_path / "prepared"
        folder.mkdir(exist_ok=True)
        prepared = Prepared(*(folder / name for name in (
            "raw_table.parquet", "training.npz", "public_test.npz", "private_test.npz", "manifests", "images",
            "findings", "census.json", "votes")))
        arrays = (prepared.training, prepared.public_test, prepared.private_test)
        images(params.images, csv_file.parent, prepared.raw_table, *arrays, prepared.manifests, prepared.pictures)
        for made in (prepared.findings, prepared.votes):
            made.mkdir(exist_ok=True)
        findings = [prepared.findings / f"{usage}.parquet" for usage in Usage]
        for usage in Usage:
            (voted or {}).get(usage, NO_VOTES).to_parquet(prepared.votes / f"{usage}.parquet")
        census(params.census, *arrays, prepared.manifests, prepared.votes, *findings, prepared.census)
        return prepared

    return run


@pytest.fixture
def training_files(tmp_path: Path, faces: Callable[..., Faces]) -> tuple[Path, Path]:
    """21 Training faces and 14 of PublicTest."""
    training_file, public_test_file = tmp_path / "training.npz", tmp_path / "public_test.npz"
    write_faces(training_file, faces(21))
    write_faces(public_test_file, faces(14, seed=9))
    return training_file, public_test_file


@pytest.fixture
def seeded_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a stage that computes run here: TensorFlow takes a number of threads before its first operation alone."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    for stage in ("train", "teach", "train_student", "evaluate", "judge", "examine", "export"):
        monkeypatch.setattr(f"fer_pipeline.stages.{stage}.make_deterministic",
                            lambda seed, threads: keras.utils.set_random_seed(seed))  # noqa: ARG005
