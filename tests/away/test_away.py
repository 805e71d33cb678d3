"""Faces packed, trained on elsewhere in processes of their own, and the results opened here."""

import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from fer_pipeline import architectures
from fer_pipeline.away.__main__ import main
from fer_pipeline.away.packed_faces import PREPARED, pack, unpack
from fer_pipeline.away.parcel import open_parcel, write_parcel
from fer_pipeline.away.plan import read_plan
from fer_pipeline.away.session import run_all
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.__main__ import main as imported_runs
from fer_pipeline.imported_runs.run import read_run
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import Usage
from tests.conftest import ROOT

ENTRY = {"architecture": "lenet5", "recipe": "tiny", "epochs": 2, "batch_size": 8,
         "hyperparameters": {"size": 20, "filters": [2, 4], "units": [8, 8]},
         "optimizer": {"name": "adam", "learning_rate": 0.01}, "checkpoint": {"keep": "best"},
         "test_time": {"horizontal_flip": True}}
GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")
NUMBERS = {Usage.TRAINING: 35, Usage.PUBLIC_TEST: 21, Usage.PRIVATE_TEST: 14}


def made_checkout(folder: Path, faces_of: dict[Usage, Faces]) -> Path:
    """A repository in which `dvc repro balance` ended."""
    (folder / "data/prepared").mkdir(parents=True)
    (folder / "data/raw").mkdir()
    for usage, name in PREPARED.items():
        write_faces(folder / f"data/prepared/{name}.npz", faces_of[usage])
    (folder / "data/raw/provenance.json").write_text(json.dumps({"sha256": "ab" * 32}))
    YAML(typ="safe").dump({"balance": {"strategy": "none"}, "validate": {"policies": {}}}, folder / "params.yaml")
    for command in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "-m", "made")):
        subprocess.run([*GIT, *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def made_faces(faces) -> dict[Usage, Faces]:
    first = {Usage.TRAINING: 0, Usage.PUBLIC_TEST: 35, Usage.PRIVATE_TEST: 56}
    return {usage: faces(number, seed=seed, first_row=first[usage])
            for seed, (usage, number) in enumerate(NUMBERS.items())}


@pytest.fixture(scope="module")
def packed(made_faces, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    pack(made_checkout(tmp_path_factory.mktemp("away") / "checkout", made_faces), folder)
    return folder


def write_plan(file: Path, **runs: dict) -> Path:
    content = {"compute": {"threads": 1, "mixed_precision": False},
               "runs": {name: {"entry": ENTRY | changes, "seed": seed} for seed, (name, changes) in
                        enumerate(runs.items(), 5)}}
    YAML(typ="safe").dump(content, file)
    return file


def test_packed_faces_are_the_same_when_unpacked(packed, made_faces):
    for usage, here in made_faces.items():
        there = unpack(packed)[usage]
        for name in ("pixels", "emotion", "row", "weight"):
            assert np.array_equal(getattr(there, name), getattr(here, name)), (usage, name)


def test_soft_labels_travel_to_the_bit(packed, made_faces, tmp_path):
    assert unpack(packed)[Usage.TRAINING].soft_labels is None
    soft = np.random.default_rng(0).dirichlet(np.ones(7), NUMBERS[Usage.TRAINING]).astype(np.float32)
    training = replace(made_faces[Usage.TRAINING], soft_labels=soft)
    pack(made_checkout(tmp_path / "checkout", {**made_faces, Usage.TRAINING: training}), tmp_path)
    np.testing.assert_array_equal(unpack(tmp_path)[Usage.TRAINING].soft_labels, soft, strict=True)


def test_faces_that_weigh_unlike_are_not_packed(made_faces, tmp_path):
    training = made_faces[Usage.TRAINING]
    uneven = replace(training, weight=np.where(training.row == 3, 2, 1).astype(np.float32))
    with pytest.raises(InputError, match=r"weighs its faces or batches. Allowed: faces that count alike"):
        pack(made_checkout(tmp_path / "checkout", {**made_faces, Usage.TRAINING: uneven}), tmp_path)


def test_a_picture_of_other_faces_is_refused(packed, tmp_path):
    (tmp_path / "faces.png").write_bytes((packed / "faces.png").read_bytes())
    rows = (packed / "rows.csv").read_text()
    (tmp_path / "rows.csv").write_text(rows + rows.split("\n", 1)[1] * 2)
    with pytest.raises(InputError, match=r"cannot hold the 210 faces"):
        unpack(tmp_path)
    with pytest.raises(InputError, match=r"There is no .*faces\.png. `python -m fer_pipeline.away pack` writes it"):
        unpack(tmp_path / "nowhere")


def test_a_wrong_plan_names_the_key(tmp_path):
    with pytest.raises(InputError, match=r"runs\.a\.entry\.epochs: Input should be greater than 0"):
        read_plan(write_plan(tmp_path / "plan.yaml", a={"epochs": 0}))
    with pytest.raises(InputError, match="There is no plan"):
        read_plan(tmp_path / "none.yaml")


def test_the_plan_that_waits_for_a_gpu_can_be_read_and_its_networks_are_known():
    plan = read_plan(ROOT / "results/plan_gpu.yaml")
    architectures.require(run.entry.architecture for run in plan.runs.values())
    assert plan.compute.mixed_precision


def test_runs_of_a_plan_come_home_as_they_were_judged(packed, tmp_path):
    """Trained by the command, in processes as on the lent machine, one of which fails."""
    plan = write_plan(tmp_path / "plan.yaml", good={}, broken={"hyperparameters": {"depth": 3}})
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "fer_pipeline.away", "train", str(plan), str(packed), str(out), "--hardware",
         "A Machine", "--at-once", "2"], cwd=ROOT, env=os.environ, text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert "Did not end: broken" in done.stderr
    assert "error: Unknown hyperparameter" in done.stderr
    assert "good  epoch 2/2" in done.stdout
    assert sorted(file.name for file in out.iterdir()) == ["good", "runs.zip", "weights.zip.00"]
    main(["open", str(out), "--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")])
    run = read_run(tmp_path / "runs/good", pd.read_csv(packed / "rows.csv"))
    assert (run.facts.epochs, run.facts.seed, run.facts.hardware) == (2, 5, "A Machine")
    assert (run.facts.data_sha256, run.facts.training["balance"]) == ("ab" * 32, {"strategy": "none"})
    assert sha256_of(tmp_path / "models/good.keras") == run.facts.model_sha256
    (out / "faces.csv").write_bytes((packed / "rows.csv").read_bytes())
    imported_runs(["model", str(out / "good"), str(tmp_path / "again.keras")])
    again, opened = (keras.models.load_model(tmp_path / name) for name in ("again.keras", "models/good.keras"))
    assert all(map(np.array_equal, again.get_weights(), opened.get_weights()))
    network, judged = keras.models.load_model(tmp_path / "models/good.keras"), unpack(packed)[Usage.PRIVATE_TEST]
    said = probabilities(network, judged.pixels, read_plan(plan).runs["good"].entry.test_time)
    np.testing.assert_allclose(said, run.predictions[Usage.PRIVATE_TEST].probabilities, atol=1e-3)


SLOW = [sys.executable, "-c", "import sys, time; time.sleep(60)"]


def test_at_the_limit_nothing_runs_any_more_and_what_is_left_is_named(tmp_path):
    began = time.monotonic()
    left = run_all(["a", "b", "c"], SLOW, tmp_path, seconds=1, at_once=2, most_bytes=100, most_files=2)
    assert left == ["a", "b", "c"]
    assert time.monotonic() - began < 20


def test_the_best_weights_travel_where_not_all_fit_and_files_are_bounded(tmp_path):
    for name, accuracy, size in (("fair", 0.5, 90_000), ("best", 0.7, 90_000), ("good", 0.6, 90_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
        (tmp_path / name / "history.csv").write_text(f"public_test_accuracy\n{accuracy}\n")
        (tmp_path / name / "weights.npz").write_bytes(b"w" * size)
    write_parcel(tmp_path, most_bytes=100_000, most_files=4)
    parts = sorted(tmp_path.glob("weights.zip.*"))
    assert [part.stat().st_size <= 100_000 for part in parts] == [True, True]
    (tmp_path / "joined.zip").write_bytes(b"".join(part.read_bytes() for part in parts))
    assert zipfile.ZipFile(tmp_path / "joined.zip").namelist() == ["best/weights.npz", "good/weights.npz"]
    assert sorted(zipfile.ZipFile(tmp_path / "runs.zip").namelist()) == [
        f"{name}/{file}" for name in ("best", "fair", "good") for file in ("history.csv", "run.json")]


def test_a_torn_parcel_is_refused(tmp_path):
    (tmp_path / "runs.zip").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"is no parcel: .* Fetch runs\.zip and every weights\.zip\.NN"):
        open_parcel(tmp_path, tmp_path / "runs", tmp_path / "models")
