import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.slots import device_slot, machine_slots, visible_gpus

HOLD = """
import sys, time
from fer_pipeline.runtime.slots import device_slot
with device_slot(1, owner=sys.argv[1]) as slot:
    print(slot.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def hold() -> Iterator[Callable[[str], subprocess.Popen]]:
    """Starts processes that take a slot, say which, and keep it."""
    started = []

    def start(owner: str) -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-c", HOLD, owner], stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_slot_is_waited_for_and_free_once_its_holder_is_killed(hold, monkeypatch):
    monkeypatch.setenv("FER_SLOTS", "1")
    first = hold("train@first")
    assert first.stdout.readline() == "cpu:0\n"
    second = hold("train@second")
    assert second.stdout.readline() == (
        f"Waiting for a device slot. Taken: cpu:0 by pid {first.pid}, train@first.\n")
    assert second.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    assert second.stdout.readline() == "cpu:0\n"


def test_as_many_processes_hold_slots_as_there_are(hold, monkeypatch):
    monkeypatch.setenv("FER_SLOTS", "2")
    names = {hold(owner).stdout.readline() for owner in ("one", "other")}
    assert names == {"cpu:0\n", "cpu:1\n"}
    assert hold("third").stdout.readline().startswith("Waiting for a device slot. Taken: cpu:0 by pid ")


@pytest.mark.parametrize("wanted", ["0", "-1", "two", "1.5", ""])
def test_bad_number_of_slots_is_refused_with_what_was_received(monkeypatch, wanted):
    monkeypatch.setenv("FER_SLOTS", wanted)
    with pytest.raises(InputError, match=rf"FER_SLOTS is '{wanted}'; allowed is a whole number from 1"):
        machine_slots(threads=1)


def test_without_a_gpu_there_is_a_slot_for_every_so_many_cores_and_at_least_one(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    assert [slot.name for slot in machine_slots(threads=2)] == ["cpu:0", "cpu:1", "cpu:2"]
    assert [slot.name for slot in machine_slots(threads=8)] == ["cpu:0"]
    assert machine_slots(threads=8)[0].environment == {"CUDA_VISIBLE_DEVICES": "-1"}


@pytest.mark.parametrize(("listed", "gpus"), [
    ("-1", []), ("", []), ("0", ["0"]), ("1,3", ["1", "3"]), ("0, 1", ["0", "1"]),
    ("GPU-8f,GPU-2c", ["GPU-8f", "GPU-2c"]),
])
def test_cuda_visible_devices_lists_the_gpus(monkeypatch, listed, gpus):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert visible_gpus() == gpus


def test_without_cuda_visible_devices_the_driver_lists_them(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == []
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: GPU-1)'\necho 'GPU 1: A (UUID: GPU-2)'\n")
    driver.chmod(0o755)
    assert visible_gpus() == ["0", "1"]


def test_a_gpu_slot_shows_the_framework_that_gpu_alone(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    assert [slot.name for slot in machine_slots(threads=1)] == ["gpu:2", "gpu:5"]
    with device_slot(1, owner="train") as slot:
        assert slot.name == "gpu:2"
        assert {name: os.environ[name] for name in slot.environment} == {
            "CUDA_VISIBLE_DEVICES": "2", "TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
