"""A run whose process is gone is Crashed and not Running for ever: a real Prefect API, real processes and locks."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.states import Failed, Running
from prefect.testing.utilities import prefect_test_harness

from flows.running import dead_runs


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncPrefectClient]:
    """Of an API of its own."""
    before = os.environ.get("PREFECT_HOME")
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    with prefect_test_harness(server_startup_timeout=120), get_client(sync_client=True) as client:
        yield client
    os.environ.pop("PREFECT_HOME") if before is None else os.environ.update(PREFECT_HOME=before)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@flow
def some_flow() -> None:
    """Ends at once."""


@task
def some_task() -> None:
    """Ends at once."""


HOLD = """
import sys, time
from pathlib import Path
from flows.running import dead_runs
lock = dead_runs._locked(Path(sys.argv[1]), {"name": "held", "pid": 1, "started": "now"})
print("held", flush=True)
time.sleep(600)
"""


def running(client: SyncPrefectClient) -> FlowRun:
    """A flow run that says it is running a task."""
    run = client.create_flow_run(some_flow, state=Running())
    client.create_task_run(some_task, run.id, dynamic_key="0", state=Running())
    return run


@pytest.fixture
def hold() -> Iterator[Callable[[FlowRun], subprocess.Popen]]:
    """Starts a process that holds a run's lock."""
    started: list[subprocess.Popen] = []

    def start(run: FlowRun) -> subprocess.Popen:
        file = dead_runs.folder() / f"{run.id}.lock"
        root = str(Path(dead_runs.__file__).parents[1])
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True,
                                   env=os.environ | {"PYTHONPATH": root})
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_run_is_crashed_with_its_tasks_and_a_live_one_is_left(client, hold):
    killed, live = running(client), running(client)
    dead, _ = hold(killed), hold(live)
    kill(dead)
    assert set(dead_runs.live()) == {live.id}
    assert dead_runs.reap(client) == [killed.name]
    assert client.read_flow_run(killed.id).state.is_crashed()
    assert client.read_flow_run(live.id).state.is_running()
    (task_run,) = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[killed.id])))
    assert task_run.state.is_crashed()
    assert "the next run goes on from the last epoch" in task_run.state.message
    assert dead_runs.reap(client) == []


def test_a_run_that_had_ended_keeps_its_state_and_leaves_no_task_running(client, hold):
    run = running(client)
    process = hold(run)
    client.set_flow_run_state(run.id, Failed(), force=True)
    kill(process)
    assert dead_runs.reap(client) == []
    assert client.read_flow_run(run.id).state.is_failed()
    (task_run,) = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
    assert task_run.state.is_crashed()
    assert list(dead_runs.folder().iterdir()) == []


def test_a_run_of_another_server_waits_for_that_server(client, hold):
    run = running(client)
    kill(hold(run))
    client.delete_flow_run(run.id)
    assert dead_runs.reap(client) == []
    assert [file.stem for file in dead_runs.folder().iterdir()] == [str(run.id)]


@pytest.mark.usefixtures("client")
def test_a_run_holds_its_lock_for_as_long_as_it_lasts():
    seen: list[dict] = []

    @flow
    def one() -> None:
        with dead_runs.held():
            seen.append(dead_runs.live()[FlowRunContext.get().flow_run.id])
            assert dead_runs.reap() == []

    one()
    assert seen[0]["pid"] == os.getpid()
    assert list(dead_runs.folder().iterdir()) == []


def test_outside_a_flow_nothing_is_held():
    with dead_runs.held():
        assert not dead_runs.folder().exists()
