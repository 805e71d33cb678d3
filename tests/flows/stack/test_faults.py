"""The worker, the server or everything is killed while a run is under way: nothing is lost and the next run goes on."""

import os
import signal
import time

import psutil
import pytest

from flows.stack.automations import SILENCE
from tests.flows.made import kill_all, stages, take_seconds
from tests.flows.processes import kill, wait_for
from tests.flows.served import deploy_run, pid_of, runs, task_states, wait_for_end
from tests.flows.stack.conftest import SHORT, begin_by_hand, begin_long_run

pytestmark = pytest.mark.server


def test_a_killed_worker_is_brought_back_and_its_run_goes_on(trained):
    name = begin_long_run(trained, 15.0)
    os.kill(pid_of(trained, "worker"), signal.SIGKILL)
    said = trained.run("fer_pipeline.cli", "up")
    assert "Worker: " in said
    assert "runs already as process" in said    # the server
    assert wait_for_end(trained, name)["state_type"] == "COMPLETED"
    take_seconds(trained, SHORT)
    assert wait_for_end(trained, deploy_run(trained))["state_type"] == "COMPLETED"


def test_a_run_whose_worker_died_before_it_began_is_scheduled_again(trained):
    name = deploy_run(trained)
    wait_for(lambda: runs(trained)[name]["state_type"] == "PENDING", "claim of the worker", 180)
    worker = psutil.Process(pid_of(trained, "worker"))
    kill([worker, *worker.children(recursive=True)])
    assert f"The run {name} had not begun; it is scheduled again." in trained.run("fer_pipeline.cli", "up")
    assert wait_for_end(trained, name)["state_type"] == "COMPLETED"


def test_a_killed_server_comes_back_and_the_run_under_way_survives(trained):
    name = begin_long_run(trained, 20.0)
    os.kill(pid_of(trained, "server"), signal.SIGKILL)
    time.sleep(20)      # of trainings without a server, their ends included
    trained.run("fer_pipeline.cli", "up")
    ended = wait_for_end(trained, name)
    assert ended["state_type"] == "COMPLETED"
    assert "up to date" in trained.run("dvc", "status")


def test_the_server_itself_calls_a_run_crashed_that_fell_silent(trained):
    run, name = begin_by_hand(trained, 600.0)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    wait_for(lambda: not stages(trained), "end of the stages", 120)
    ended = wait_for_end(trained, name, SILENCE.total_seconds() + 120)
    assert ended["state_type"] == "CRASHED"
    assert ended["state"]["message"].startswith("No heartbeat for three minutes")


def test_after_a_machines_crash_up_calls_the_run_crashed_and_the_next_goes_on(trained):
    name = begin_long_run(trained, 25.0)
    kill_all(trained)
    refused = trained.run("fer_pipeline.cli", "train-all", check=False)
    assert "does not answer; prefect.toml, which `fer up` wrote, names it. `fer up` starts it again" in refused
    assert "Traceback" not in refused
    assert f"The run {name} had died; it is Crashed now." in trained.run("fer_pipeline.cli", "up")
    run = runs(trained)[name]
    assert run["state_type"] == "CRASHED"
    assert {"train · a": "Crashed", "train · b": "Crashed"}.items() <= task_states(trained, run).items()
    printed = trained.run("fer_pipeline.cli", "train-all")
    assert printed.count("Going on after") == 2
    assert "prepare: Skipped" in printed
    assert "up to date" in trained.run("dvc", "status")
