"""`fer status`: what is stale and why, what runs where, what the last run gave; nothing is locked or started."""

import fcntl
import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fer_pipeline.runtime.lock_holders import Holder, holder
from flows.running.at_work import Work
from flows.running.turn import FlowRun
from flows.status.gather import Status
from flows.status.last_run import LastRun
from flows.status.running import Slot, Training
from flows.status.server import Server
from flows.status.stale import StaleStage
from flows.status.words import as_text
from tests.flows.conftest import Checkout
from tests.flows.made import FLOW, kill_all, make_checkout, start
from tests.flows.processes import wait_for

COMMAND = ("fer_pipeline.cli", "status")
COLOURED = re.compile(r"\x1b\[[1-9]")     # DVC resets the terminal's colour when it ends, whatever was asked
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def told(checkout: Checkout) -> dict[str, Any]:
    return json.loads(checkout.run(*COMMAND, "--json"))


@pytest.fixture
def nothing_ran(tmp_path: Path, environment: dict[str, str]) -> Checkout:
    return make_checkout(tmp_path / "checkout", environment, long=600, short=0)


def test_a_checkout_where_nothing_ran_says_so_with_the_next_command(nothing_ran: Checkout) -> None:
    lines = nothing_ran.run(*COMMAND).splitlines()
    assert lines[0] == "Stages     none of 4 has run here yet"
    assert lines[-1] == "Next       fer train-all"
    assert "Last run   none ended in this checkout yet" in lines


def test_reasons_name_the_key_the_code_and_the_output(finished_copy: Checkout) -> None:
    finished_copy.edit_params(lambda params: params["architectures"]["lenet5"].update(epochs=3))
    finished_copy.edit("fer_pipeline/stages/census.py", '"""', '"""Well. ')
    (finished_copy.folder / "artifacts/examination/occlusion.npz").unlink()
    found = told(finished_copy)
    reasons = {stage["stage"]: stage["reasons"] for stage in found["stale"]}
    changed = "params changed: architectures.lenet5.epochs 2 → 3"
    assert reasons["train@lenet5"] == [changed]
    assert reasons["census"] == ["code changed: fer_pipeline/stages/census.py"]
    assert reasons["examine"] == [changed, "output missing: artifacts/examination/occlusion.npz"]
    assert "train@four_conv_cnn" in found["behind"]
    assert found["stale"][0]["stage"] == "census"


def test_the_last_run_stands_with_its_result(finished: Checkout) -> None:
    found = told(finished)
    assert not found["stale"]
    assert found["last"]["outcomes"] == {"ran": 25}
    assert found["last"]["result"][0].startswith("Champion: ")
    assert "[" in found["last"]["result"][1]
    assert found["last"]["seconds"] > 0


@pytest.mark.faults
def test_a_run_under_way_and_what_a_kill_leaves_of_it(nothing_ran: Checkout) -> None:
    started = start(nothing_ran, *FLOW)
    wait_for(lambda: list((nothing_ran.folder / ".fer/state/train@long").glob("*.npz")), "snapshot")
    found = told(nothing_ran)
    assert found["flow"]["pid"] == started.pid
    (training,) = (work for work in found["work"] if work["what"] == "train@long")
    (slot,) = (slot for slot in found["slots"] if slot["stage"] == "train@long")
    assert slot["pid"] == training["pid"] == found["trainings"][0]["pid"]
    assert slot["folder"] == str(nothing_ran.folder)
    kill_all(nothing_ran)
    started.wait(timeout=180)
    found = told(nothing_ran)
    assert found["flow"] is None
    assert found["cut"]["pid"] == started.pid
    assert [(training["stage"], training["pid"]) for training in found["trainings"]] == [("train@long", None)]
    assert {slot["pid"] for slot in found["slots"]} == {None}


def test_a_lock_is_seen_without_being_taken(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    assert holder(file) is None
    with file.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"pid {os.getpid()}, somebody")
        lock.flush()
        assert holder(file) == Holder(os.getpid(), f"pid {os.getpid()}, somebody")
    assert holder(file) is None


@pytest.mark.parametrize(("no_colour", "coloured"), [(None, True), ("1", False)])
def test_colours_are_for_terminals_that_want_them(
    nothing_ran: Checkout, no_colour: str | None, coloured: bool
) -> None:
    environment = nothing_ran.environment | ({"NO_COLOR": no_colour} if no_colour else {})
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-m", *COMMAND], cwd=nothing_ran.folder, env=environment, stdout=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert bool(COLOURED.search(shown)) == coloured


LONG = "a-reason-that-is-long " * 20
FULL = Status(
    stages=30, stale=[StaleStage(f"train@network_{index}", (LONG,)) for index in range(20)], behind=["select"],
    unreadable=None, locked=True, flow=FlowRun(1, "2020-01-01T00:00:00+00:00"), done=3, cut=None,
    work=[Work(2, "train@network_1", 0.0, stage=True), Work(3, "dvc repro train@network_1", 0.0, stage=False)],
    slots=[Slot("gpu:0", 2, "train@network_1", "/somewhere/" + "else/" * 40), Slot("gpu:1")],
    trainings=[Training("train@network_1", 2, 5, 20, 90.0, 0.0), Training("train@network_2", None, 7, 20, None, 0.0)],
    last=LastRun("2020-01-01T00:00:00+00:00", 61.0, {"ran": 1, "failed": 1}, {"train@network_3": LONG}, ["report"],
                 ["Champion: " + "x " * 90], "artifacts/report/index.html"),
    server=Server("http://127.0.0.1:4200/api", answers=False, why_not="refused"), stack={"worker": False})


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = COLOUR.sub("", as_text(FULL, width)).splitlines()
    unbroken = [line for line in lines if "/somewhere/" not in line]
    assert max(map(len, unbroken)) <= min(width, 120)


def test_the_text_says_all_that_was_gathered() -> None:
    text = COLOUR.sub("", as_text(FULL, 120))
    for words in ("9 of 30 up to date, 20 stale", "train · network_1  █████", "epoch 5 of 20, 1:30 left", "on gpu:0",
                  "free: gpu:1", "train · network_2 goes on after epoch 7 of 20", "took 1:01: 1 ran, 1 failed",
                  "train · network_3 failed: a-reason", "does not answer: refused", "worker has ended"):
        assert words in text, text
    assert "dvc repro" not in text


def test_a_pipeline_that_dvc_cannot_read_is_named_and_the_rest_told() -> None:
    text = COLOUR.sub("", as_text(replace(FULL, unreadable="'./dvc.lock' validation failed.", flow=None), 120))
    assert "DVC cannot read the pipeline: './dvc.lock' validation failed." in text
    assert "gpu:0" in text
