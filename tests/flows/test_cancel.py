"""Ctrl-C, SIGTERM and SIGKILL of `fer train-all` without a server: what ends, how fast, and what is left."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.flows.conftest import Checkout
from tests.flows.made import make_checkout, snapshots, stages, start, take_seconds
from tests.flows.processes import wait_for

pytestmark = pytest.mark.faults

LONG = 25.0
MOST_SECONDS = 30.0     # from a cancel to its end


@pytest.fixture
def made(tmp_path: Path, environment: dict[str, str]) -> Iterator[Checkout]:
    checkout = make_checkout(tmp_path / "checkout", environment, a=LONG, b=LONG)
    yield checkout
    assert not in_checkout(checkout)


def in_checkout(checkout: Checkout) -> list[str]:
    """Commands of all processes that work in it; the temporary server is one."""
    return [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline", "cwd"])
            if one.info["cwd"] == str(checkout.folder)]


def states(checkout: Checkout) -> dict[str, list[str]]:
    """Of all flow runs and task runs in Prefect's database, once everything is over."""
    database = Path(checkout.environment["PREFECT_HOME"]) / "prefect.db"
    with sqlite3.connect(database) as connection:
        return {kind: [state for (state,) in connection.execute(f"select state_name from {kind} order by created")]
                for kind in ("flow_run", "task_run")}


@pytest.mark.parametrize(("sent", "by"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_cancelled_run_ends_all_its_processes_and_the_next_goes_on(made, sent, by):
    run = start(made, "fer_pipeline.cli", "train-all")
    wait_for(lambda: snapshots(made) == 2, "snapshots")
    asked = time.monotonic()
    os.killpg(run.pid, sent)        # as a terminal does: to everything in the group
    assert run.wait(timeout=MOST_SECONDS) == 130
    assert time.monotonic() - asked < MOST_SECONDS
    assert not in_checkout(made)
    log = (made.folder.parent / "run.log").read_text()
    assert f"Cancelled by {by}" in log
    assert "Traceback" not in log
    assert states(made)["flow_run"] == ["Cancelled"]
    assert sorted(states(made)["task_run"]) == ["Cancelled", "Cancelled", "Completed"]
    assert made.outcomes() == {"prepare": "ran", "train@a": "cancelled", "train@b": "cancelled"}
    assert "prepare:" not in made.run("dvc", "status")
    printed = made.run("fer_pipeline.cli", "train-all")
    assert printed.count("Going on after") == 2
    assert "up to date" in made.run("dvc", "status")


def test_after_a_kill_the_temporary_server_ends_and_the_next_run_calls_the_dead_one_crashed(made):
    run = start(made, "fer_pipeline.cli", "train-all")
    wait_for(lambda: snapshots(made) == 2, "snapshots")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    wait_for(lambda: not stages(made), "end of the stages", 120)
    wait_for(lambda: not in_checkout(made), "end of the temporary server", 120)
    take_seconds(made, 1.0)
    printed = made.run("fer_pipeline.cli", "train-all")
    assert "had died; it is Crashed now." in printed
    assert states(made)["flow_run"] == ["Crashed", "Completed"]
    assert not {"Running", "Pending"} & set(states(made)["task_run"])


def test_a_run_goes_on_when_nobody_reads_what_it_prints(made):
    take_seconds(made, 3.0)
    run = subprocess.Popen([sys.executable, "-m", "fer_pipeline.cli", "train-all"], cwd=made.folder,
                           env=made.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(lambda: snapshots(made) == 2, "snapshots")
    assert run.stdout is not None
    run.stdout.close()
    run.wait(timeout=180)
    assert states(made)["flow_run"] == ["Completed"]
    assert "up to date" in made.run("dvc", "status")


def test_ctrl_c_before_the_flow_begins_leaves_nothing(made):
    run = start(made, "fer_pipeline.cli", "train-all")
    server = "flows.running.temporary_server"
    wait_for(lambda: any(server in command for command in in_checkout(made)), "temporary server")
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(timeout=MOST_SECONDS) != 0
    wait_for(lambda: not in_checkout(made), "end of the temporary server", 120)
    assert "Traceback" not in (made.folder.parent / "run.log").read_text()
