import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.made_gpus import make_gpus, uuid_of
from fer_pipeline.errors import InputError
from fer_pipeline.runtime.slots import device_slot, machine_slots

HOLD = """
import os, sys, time
from fer_pipeline.errors import InputError
from fer_pipeline.runtime.slots import device_slot
try:
    with device_slot(1, int(sys.argv[2]), owner=sys.argv[1]) as slot:
        print(slot.name, os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
        time.sleep(60)
except InputError as error:
    print(error, flush=True)
"""
Hold = Callable[..., subprocess.Popen]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts processes that take a slot, say which, and keep it."""
    started = []

    def start(owner: str, slots_per_gpu: int = 1, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-c", HOLD, owner, str(slots_per_gpu)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the GPUs of the machine, by their indices."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def have(*indices: int) -> None:
        path = make_gpus(tmp_path / "gpus", indices)["PATH"]
        monkeypatch.setenv("PATH", path)

    return have


def line(process: subprocess.Popen) -> str:
    return process.stdout.readline().rstrip("\n")


def test_a_slot_is_waited_for_and_free_once_its_holder_is_killed(hold, monkeypatch):
    monkeypatch.setenv("FER_SLOTS", "1")
    first = hold("train@first")
    assert line(first) == "cpu:0 -1"
    second = hold("train@second")
    assert line(second) == f"Waiting for a device slot. Taken: cpu:0 by pid {first.pid}, train@first."
    assert second.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    assert line(second) == "cpu:0 -1"


@pytest.mark.parametrize("wanted", ["0", "-1", "two", "1.5", ""])
def test_bad_number_of_slots_is_refused_with_what_was_received(monkeypatch, wanted):
    monkeypatch.setenv("FER_SLOTS", wanted)
    with pytest.raises(InputError, match=rf"FER_SLOTS is '{wanted}'; allowed is a whole number from 1"):
        machine_slots(threads=1, slots_per_gpu=1)


def test_without_a_gpu_there_is_a_slot_for_every_so_many_cores_and_at_least_one(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    assert [slot.name for slot in machine_slots(threads=2, slots_per_gpu=3)] == ["cpu:0", "cpu:1", "cpu:2"]
    assert [slot.name for slot in machine_slots(threads=8, slots_per_gpu=3)] == ["cpu:0"]
    assert machine_slots(threads=8, slots_per_gpu=1)[0].environment == {"CUDA_VISIBLE_DEVICES": "-1"}


@pytest.mark.parametrize("number", [1, 2, 4, 8])
def test_so_many_gpus_are_so_many_slots_and_one_more_process_waits(gpus, hold, number):
    gpus(*range(number))
    holders = [hold(f"train@{index}") for index in range(number)]
    assert {line(holder) for holder in holders} == {f"gpu:{index} {uuid_of(index)}" for index in range(number)}
    assert line(hold("one more")).startswith("Waiting for a device slot. Taken: gpu:0 by pid ")


def test_a_gpu_slot_shows_the_framework_that_gpu_alone_by_its_uuid(gpus, monkeypatch):
    gpus(2, 5)
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    with device_slot(1, 1, owner="train") as slot:
        assert slot.name == "gpu:2"
        assert {name: os.environ[name] for name in slot.environment} == {
            "CUDA_VISIBLE_DEVICES": uuid_of(2), "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def test_a_gpu_is_the_same_slot_by_index_and_by_uuid(gpus, hold):
    gpus(0, 1)
    by_index = hold("train@index", CUDA_VISIBLE_DEVICES="1")
    assert line(by_index) == f"gpu:1 {uuid_of(1)}"
    by_uuid = hold("train@uuid", CUDA_VISIBLE_DEVICES=uuid_of(1))
    assert line(by_uuid) == f"Waiting for a device slot. Taken: gpu:1 by pid {by_index.pid}, train@index."
    by_index.kill()
    assert line(by_uuid) == f"gpu:1 {uuid_of(1)}"


def test_shares_of_a_gpu_are_given_after_one_of_each_gpu(gpus):
    gpus(0, 1)
    names = [slot.name for slot in machine_slots(threads=1, slots_per_gpu=2)]
    assert names == ["gpu:0/0", "gpu:1/0", "gpu:0/1", "gpu:1/1"]


def test_two_share_a_gpu_and_who_wants_it_whole_waits_for_both(gpus, hold):
    gpus(0)
    sharing = [hold(owner, 2) for owner in ("one", "other")]
    assert {line(holder) for holder in sharing} == {f"gpu:0/0 {uuid_of(0)}", f"gpu:0/1 {uuid_of(0)}"}
    alone = hold("alone")
    assert line(alone).startswith("Waiting for a device slot. Taken: gpu:0 by pid ")
    third = hold("third", 2)
    assert line(third).startswith("Waiting for a device slot. Taken: gpu:0/0 by pid ")
    third.kill()
    for holder in sharing:
        holder.kill()
    assert line(alone) == f"gpu:0 {uuid_of(0)}"
    assert line(hold("late", 2)).startswith("Waiting for a device slot. ")


def test_a_gpu_that_went_while_a_process_waited_is_not_taken(gpus, hold):
    gpus(0, 1)
    first, second = hold("train@first"), hold("train@second")
    names = {line(holder).split()[0]: holder for holder in (first, second)}
    third = hold("train@third")
    assert line(third).startswith("Waiting")
    gpus(1)
    names["gpu:0"].kill()
    assert line(third) == f"Waiting for a device slot. Taken: gpu:1 by pid {names['gpu:1'].pid}, " + (
        "train@first." if names["gpu:1"] is first else "train@second.")
    names["gpu:1"].kill()
    assert line(third) == f"gpu:1 {uuid_of(1)}"


def test_who_waited_for_gpus_that_are_all_gone_does_not_go_on_on_the_cpu(gpus, hold):
    gpus(0)
    first = hold("train@first")
    line(first)
    second = hold("train@second")
    assert line(second).startswith("Waiting")
    gpus()
    first.kill()
    assert line(second).startswith("The GPUs that this stage waited for are gone: gpu:0. Repair them and run again. ")
