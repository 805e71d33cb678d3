"""Faces packed, trained on elsewhere in processes of their own, and the results opened here."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import psutil
import pytest
from ruamel.yaml import YAML

from fer_pipeline import architectures
from fer_pipeline.away.__main__ import main
from fer_pipeline.away.packed_faces import PREPARED, pack, unpack
from fer_pipeline.away.parcel import open_parcel, write_parcel
from fer_pipeline.away.plan import read_plan, unfinished
from fer_pipeline.away.session import run_all
from fer_pipeline.away.teaching import soft_targets_of
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.distillation.teaching import read_teaching
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.__main__ import main as imported_runs
from fer_pipeline.imported_runs.run import read_run
from fer_pipeline.imported_runs.weights import kept_network
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import Usage
from tests.conftest import ROOT
from tests.flows.processes import wait_for

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
    with pytest.raises(InputError, match=r"runs\.a\.entry\.teacher\.share: Input should be less than"):
        read_plan(write_plan(tmp_path / "plan.yaml", a={"teacher": {"share": 2, "temperature": 1}}))
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


def train(plan: Path, faces: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "fer_pipeline.away", "train", str(plan), str(faces), str(out)],
                          cwd=ROOT, text=True, capture_output=True, check=False)


def test_a_student_learns_the_vote_of_runs_and_says_whose(packed, tmp_path, made_faces):
    """Taught by two runs, one of which has two votes."""
    faces, out = tmp_path / "faces", tmp_path / "out"
    shutil.copytree(packed, faces)
    file = write_plan(tmp_path / "plan.yaml", one={}, other={}, pupil={"teacher": {"share": 1.0, "temperature": 1.0}})
    untaught = train(file, faces, out)
    assert "Did not end: pupil" in untaught.stderr
    assert "absl" not in untaught.stderr       # notices of the framework
    assert "teacher.json, which a student learns from. `python -m fer_pipeline.away teach` writes it" in untaught.stderr
    (out / "faces.csv").write_bytes((packed / "rows.csv").read_bytes())
    main(["teach", str(faces), str(out / "one"), str(out / "other"), str(out / "one")])
    entries = {name: run.entry for name, run in read_plan(file).runs.items()}
    said = {name: probabilities(kept_network(out / name, entries[name]), made_faces[Usage.TRAINING].pixels)
            for name in ("one", "other")}
    taught = read_teaching(faces / "teaching.npz").probabilities
    np.testing.assert_allclose(taught, (2 * said["one"] + said["other"]) / 3, atol=1e-6)
    assert train(file, faces, out).returncode == 0
    one, pupil = (read_run(out / name, pd.read_csv(packed / "rows.csv")).facts for name in ("one", "pupil"))
    assert [(teacher.architecture, teacher.votes) for teacher in pupil.teachers] == [("one", 2), ("other", 1)]
    assert pupil.teachers[0].model_sha256 == one.model_sha256
    (faces / "teacher.json").write_text((faces / "teacher.json").read_text().replace('"votes": 2', '"votes": 3'))
    with pytest.raises(InputError, match=r"teaching\.npz is of another teacher than .*teacher\.json"):
        soft_targets_of(entries["pupil"], faces, made_faces[Usage.TRAINING])


SLOW = [sys.executable, "-c", "import sys, time; time.sleep(60)"]


def test_at_the_limit_nothing_runs_any_more_and_what_is_left_is_named(tmp_path):
    began = time.monotonic()
    left = run_all(["a", "b", "c"], SLOW, tmp_path, seconds=1, at_once=2, most_bytes=100, most_files=2)
    assert left == ["a", "b", "c"]
    assert time.monotonic() - began < 20


def test_a_training_ends_with_the_session_that_started_it(tmp_path):
    training = ("import pathlib, sys, os, time\nfrom fer_pipeline.away.session import end_with_session\n"
                "end_with_session()\npathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\ntime.sleep(60)")
    session = ("import sys\nfrom pathlib import Path\nfrom fer_pipeline.away.session import run_all\n"
               f"run_all([sys.argv[1]], [sys.executable, '-c', {training!r}], Path(sys.argv[2]), seconds=60, at_once=1,"
               " most_bytes=100, most_files=2)")
    pid_file = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", session, str(pid_file), str(tmp_path)], cwd=ROOT) as running:
        wait_for(lambda: pid_file.is_file() and pid_file.read_text(), "training", 60)
        started = psutil.Process(int(pid_file.read_text()))
        running.kill()
    assert psutil.wait_procs([started], timeout=20)[1] == []


def test_a_killed_training_goes_on_and_what_is_finished_is_not_trained_again(packed, tmp_path):
    plan, out = write_plan(tmp_path / "plan.yaml", long={"epochs": 60}), tmp_path / "out"
    command = [sys.executable, "-m", "fer_pipeline.away", "one", str(plan), str(packed), str(out), "long"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as killed:
        next(line for line in killed.stdout if "epoch 5/" in line)
        killed.kill()
    again = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    shown = [int(number) for number in re.findall(r"epoch (\d+)/60", again.stdout)]
    assert shown == list(range(shown[0], 61))
    assert shown[0] > 5
    history = pd.read_csv(out / "long/history.csv")
    assert history["epoch"].tolist() == list(range(1, 61))
    assert not list((tmp_path / "state").glob("away@long/*"))
    assert unfinished(read_plan(plan), out) == []


def test_another_training_under_the_name_of_a_finished_one_is_refused(tmp_path):
    (tmp_path / "out/good").mkdir(parents=True)
    with pytest.raises(InputError, match="out/good holds another training than the plan has under that name"):
        unfinished(read_plan(write_plan(tmp_path / "plan.yaml", other={}, good={})), tmp_path / "out")


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


BATCH_NORMALISED = {"architecture": "quick_cnn_48", "hyperparameters": {"stem": 2, "filters": [2, 2, 4]}}


def test_a_kept_network_is_judged_anew_by_other_views_and_statistics(packed, tmp_path):
    (tmp_path / "faces.csv").write_bytes((packed / "rows.csv").read_bytes())
    plan = write_plan(tmp_path / "plan.yaml", before=BATCH_NORMALISED,
                      whole=BATCH_NORMALISED | {"precise_batch_norm": True, "test_time": {"zoom": 0.1}})
    assert train(plan, packed, tmp_path).returncode == 0
    anew = ["again", str(packed), str(tmp_path / "before"), "anew", "--test-time", "{zoom: 0.1}"]
    told = subprocess.run(
        [sys.executable, "-m", "fer_pipeline.away", *anew, "--precise-batch-norm", "--note", "better"],
        cwd=ROOT, text=True, capture_output=True, check=True)
    assert "by 3 views" in told.stdout
    before, found = (read_run(tmp_path / name, pd.read_csv(packed / "rows.csv")) for name in ("before", "anew"))
    assert (found.facts.against, found.facts.note, found.facts.views) == ("before", "better", 3)
    assert found.facts.entry == read_plan(plan).runs["whole"].entry.model_dump(mode="json", exclude_defaults=True)
    assert (found.facts.training_seconds, found.facts.seed) == (before.facts.training_seconds, before.facts.seed)
    learnt, statistics = {}, {}
    for name in ("before", "anew"):
        network = kept_network(tmp_path / name, found.facts.recipe)
        learnt[name] = [weight.numpy() for weight in network.trainable_weights]
        statistics[name] = [weight.numpy() for weight in network.non_trainable_weights]
        assert len(statistics[name]) >= 2
    assert all(map(np.array_equal, *learnt.values()))
    assert not any(map(np.array_equal, *statistics.values()))
    said = probabilities(network, unpack(packed)[Usage.PRIVATE_TEST].pixels, found.facts.recipe.test_time)
    np.testing.assert_allclose(said, found.predictions[Usage.PRIVATE_TEST].probabilities, atol=1e-3)
    with pytest.raises(InputError, match=r"anew is there already\. Give the new run another name"):
        main(anew)
    with pytest.raises(InputError, match=r"'\{zoom: 2\}' is no test_time: .*less than 1"):
        main([*anew[:3], "other", "--test-time", "{zoom: 2}"])
    shutil.copytree(packed, tmp_path / "packed")
    origin = json.loads((packed / "origin.json").read_text())
    (tmp_path / "packed/origin.json").write_text(json.dumps(origin | {"data_sha256": "cd" * 32}))
    with pytest.raises(InputError, match=r"before was trained on other faces than .*packed holds"):
        main(["again", str(tmp_path / "packed"), str(tmp_path / "before"), "other"])
