"""Kill anything at any moment: nothing is lost, nothing half-written, the next run goes on."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fer_pipeline.runtime.parent import POLL_SECONDS
from tests.flows.conftest import Checkout
from tests.flows.processes import wait_for

TRAINING = ("dvc", "repro", "--single-item", "train@lenet5")
LONG = 150  # epochs, of less than a tenth of a second


@pytest.fixture
def long_training(finished_copy: Checkout) -> Checkout:
    """A finished checkout whose lenet5 is to be trained again, for long enough to be killed."""
    finished_copy.edit_params(lambda params: params["architectures"]["lenet5"].update(epochs=LONG))
    return finished_copy


def _start(checkout: Checkout, *command: str) -> subprocess.Popen:
    with (checkout.folder / "killed.log").open("w") as log:
        return subprocess.Popen([sys.executable, "-m", *command], cwd=checkout.folder, env=checkout.environment,
                                stdout=log, stderr=subprocess.STDOUT)


def _snapshot_written(checkout: Checkout) -> bool:
    return any((checkout.folder / ".fer/state/train@lenet5").glob("*.npz"))


def _training_processes(checkout: Checkout) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if "fer_pipeline.stages" in words and "train" in words and process.info["cwd"] == str(checkout.folder):
            found.append(process)
    return found


def _kill_once_training(checkout: Checkout, victim: Callable[[subprocess.Popen], int], *command: str) -> None:
    started = _start(checkout, *command)
    wait_for(lambda: _snapshot_written(checkout), "snapshot")
    (training,) = _training_processes(checkout)
    training.suspend()      # else a fast machine finishes it before it sees that its parent is gone
    os.kill(victim(started), signal.SIGKILL)
    started.wait(timeout=300)
    time.sleep(POLL_SECONDS)
    with contextlib.suppress(psutil.NoSuchProcess):     # the victim itself
        training.resume()
    wait_for(lambda: not _training_processes(checkout), "end of the training after its parent")


def _uninterrupted(checkout: Checkout, folder: Path) -> dict:
    other = Checkout(folder, checkout.environment)
    shutil.copytree(checkout.folder, folder, symlinks=True)
    other.run(*TRAINING)
    return other.lock()["stages"]["train@lenet5"]


def test_a_training_whose_dvc_was_killed_goes_on_to_the_same_bytes(long_training: Checkout, tmp_path: Path) -> None:
    expected = _uninterrupted(long_training, tmp_path / "uninterrupted")
    _kill_once_training(long_training, lambda dvc: dvc.pid, *TRAINING)
    printed = long_training.run(*TRAINING)
    assert "Going on after epoch" in printed
    assert f"epoch {LONG}/{LONG}" in printed
    assert long_training.lock()["stages"]["train@lenet5"] == expected
    assert not _snapshot_written(long_training)


@pytest.mark.long
def test_a_killed_flow_leaves_no_training_behind_and_the_next_goes_on(long_training: Checkout, tmp_path: Path) -> None:
    expected = _uninterrupted(long_training, tmp_path / "uninterrupted")
    _kill_once_training(long_training, lambda flow: flow.pid, "fer_pipeline.cli", "train-all", "--slots", "2")
    printed = long_training.train_all()
    assert "Going on after epoch" in printed
    assert long_training.lock()["stages"]["train@lenet5"] == expected
    assert "up to date" in long_training.run("dvc", "status")


@pytest.mark.long
def test_a_killed_stage_fails_the_flow_and_the_next_run_goes_on(long_training: Checkout) -> None:
    def stage(_: subprocess.Popen) -> int:
        return _training_processes(long_training)[0].pid

    _kill_once_training(long_training, stage, "fer_pipeline.cli", "train-all", "--slots", "2")
    assert long_training.outcomes()["train@lenet5"] == "failed"
    assert "Going on after epoch" in long_training.train_all()
    assert "up to date" in long_training.run("dvc", "status")


@pytest.mark.faults
def test_a_second_training_of_the_same_is_refused_with_the_pid(long_training: Checkout) -> None:
    started = _start(long_training, *TRAINING)
    wait_for(lambda: _snapshot_written(long_training), "snapshot")
    (training,) = _training_processes(long_training)
    training.suspend()      # else a fast machine finishes it before the second one asks
    command = [word for word in training.cmdline()[2:] if word != "-m"]
    printed = long_training.run(*command, check=False)
    assert f"error: train@lenet5 is running as process {training.pid} already" in printed
    training.resume()
    started.terminate()
    started.wait(timeout=300)


@pytest.mark.long
def test_changed_settings_start_from_nothing(long_training: Checkout) -> None:
    _kill_once_training(long_training, lambda dvc: dvc.pid, *TRAINING)
    long_training.edit_params(lambda params: params["train"].update(seed=99))
    printed = long_training.run(*TRAINING)
    assert "Going on" not in printed
    assert f"epoch 1/{LONG}" in printed
