"""Real flows and real DVC on made GPUs: trainings sleep, slots are the real ones."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.made_gpus import make_gpus, uuid_of
from benchmarks.made_pipeline import make
from fer_pipeline.runtime.locks import try_lock
from tests.flows.conftest import Checkout
from tests.flows.processes import wait_for

TRAIN_ALL = ("fer_pipeline.cli", "train-all")
PATIENCE = 400.0        # seconds, on a machine that others keep busy
Start = Callable[..., subprocess.Popen]
Made = Callable[[str, dict[str, float]], Checkout]


@pytest.fixture
def gpus(tmp_path: Path, environment: dict[str, str]) -> Callable[..., dict[str, str]]:
    """Sets the GPUs of the machine and returns the environment of its processes."""
    own = environment | {"FER_SLOTS_FOLDER": str(tmp_path / "slots"), "PREFECT_HOME": environment["PREFECT_HOME"]}
    return lambda *indices: make_gpus(tmp_path / "gpus", indices, own)


@pytest.fixture
def made(tmp_path: Path, gpus: Callable[..., dict[str, str]]) -> Made:
    """Makes a checkout whose trainings sleep for so many seconds, on a machine with one GPU until told otherwise."""

    def new(name: str, trainings: dict[str, float]) -> Checkout:
        make(tmp_path / name, trainings)
        return Checkout(tmp_path / name, gpus(0))

    return new


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `python -m COMMAND` in a checkout; what a failed test leaves is ended."""
    started = []

    def begin(checkout: Checkout, *command: str) -> subprocess.Popen:
        started.append(subprocess.Popen(
            [sys.executable, "-m", *command], cwd=checkout.folder, env=checkout.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def times(record: dict) -> tuple[float, float]:
    began = datetime.fromisoformat(record["started"]).timestamp()
    return began, began + record["seconds"]


def assert_no_device_was_used_twice_at_once(records: list[dict]) -> None:
    for one, other in itertools.combinations(records, 2):
        if one["device"] == other["device"]:
            (began, ended), (other_began, other_ended) = times(one), times(other)
            assert ended <= other_began or other_ended <= began, (one, other)


def trainings(*checkouts: Checkout) -> list[dict]:
    return [record for checkout in checkouts for record in checkout.records() if record["stage"].startswith("train@")]


def test_two_checkouts_and_plain_dvc_share_the_slots_of_a_machine(made: Made, start: Start) -> None:
    checkouts = [made(name, {"net": 1.0}) for name in ("one", "other")]
    with try_lock(uuid_of(0), "the test"):
        runs = [start(checkout, "dvc", "repro", "--quiet", "train@net") for checkout in checkouts]
        for run in runs:
            assert "Waiting for a device slot. Taken: gpu:0 by the test.\n" in run.stdout
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert [record["device"] for record in trainings(*checkouts)] == ["gpu:0", "gpu:0"]
    assert_no_device_was_used_twice_at_once([*checkouts[0].records(), *checkouts[1].records()])


@pytest.mark.faults
def test_dvc_beside_a_flow_never_takes_the_same_gpu(
    made: Made, gpus: Callable[..., dict[str, str]], start: Start
) -> None:
    flow, by_dvc = (replace(made(name, {key: 3.0 for key in keys}), environment=gpus(0, 1))
                    for name, keys in (("flow", "abcd"), ("dvc", "xy")))
    running = start(flow, *TRAIN_ALL)
    wait_for(lambda: (flow.folder / ".fer/state/train@a").exists(), "training of the flow", PATIENCE)
    by_dvc.run("dvc", "repro")
    said, _ = running.communicate()
    assert running.returncode == 0, said
    assert {record["device"] for record in trainings(flow)} == {"gpu:0", "gpu:1"}
    assert_no_device_was_used_twice_at_once([*flow.records(), *by_dvc.records()])


@pytest.mark.faults
def test_the_longest_training_of_last_time_starts_first(made: Made, gpus: Callable[..., dict[str, str]]) -> None:
    seconds = {"brief": 2.0, "middle": 4.0, "vast": 20.0}
    checkout = replace(made("checkout", seconds), environment=gpus(0, 1))
    log = checkout.folder / ".fer/runs/stages.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("".join(json.dumps({"stage": f"train@{name}", "succeeded": True, "seconds": taken}) + "\n"
                           for name, taken in seconds.items()))
    checkout.run(*TRAIN_ALL)
    ran = {record["stage"]: times(record) for record in trainings(checkout)[len(seconds):]}
    assert max(ran["train@vast"][0], ran["train@middle"][0]) < ran["train@brief"][0]
    assert ran["train@brief"][0] < ran["train@vast"][1], "beside the longest, which does not run alone"


@pytest.mark.faults
def test_a_training_whose_gpu_went_goes_on_elsewhere_in_the_next_run(
    made: Made, gpus: Callable[..., dict[str, str]], start: Start
) -> None:
    checkout = replace(made("checkout", {"brief": 3.0, "vast": 25.0}), environment=gpus(0, 1))
    running = start(checkout, *TRAIN_ALL)
    wait_for(lambda: any((checkout.folder / ".fer/state/train@vast").glob("*.npz")), "snapshot", PATIENCE)
    wait_for(lambda: (checkout.folder / "models/brief.txt").exists(), "the other training's end", PATIENCE)
    held = next(path for path in (checkout.folder.parent / "slots").glob("GPU-*.lock")
                if "train@vast" in path.read_text()).stem
    lost, left = (0, 1) if held == uuid_of(0) else (1, 0)
    gpus(left)
    said, _ = running.communicate()
    assert running.returncode != 0
    assert f"error: CUDA error: {uuid_of(lost)} has left the bus" in said
    assert checkout.outcomes()["train@brief"] == "ran"
    assert checkout.outcomes()["train@vast"] == "failed"
    said = checkout.run(*TRAIN_ALL)
    assert "up to 1 at once" in said
    assert "Going on after " in said
    assert trainings(checkout)[-1]["device"] == f"gpu:{left}"
    assert trainings(checkout)[-1]["succeeded"]
    assert "up to date" in checkout.run("dvc", "status")
