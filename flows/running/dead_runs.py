"""Flow runs whose process is gone: each run holds a lock for life, and whoever finds one free calls the run Crashed.

The lock is the operating system's, so that it is free however the process died, a machine's restart included.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from fer_pipeline.runtime import flock
from fer_pipeline.runtime.folders import run_log_folder
from flows.running.cancel_watch import watched
from flows.running.unread import go_on_unread

SUFFIX = ".lock"


def folder() -> Path:
    """A file a flow run of this checkout that is under way, or died."""
    return run_log_folder() / "live"


@contextmanager
def held() -> Iterator[None]:
    """Hold the lock of the flow run that this is called in until the block ends.

    Meanwhile the run hears Prefect's cancel, and goes on if nobody reads what it prints.
    """
    go_on_unread()
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        yield
        return
    run = context.flow_run
    record = {"name": run.name, "pid": os.getpid(), "started": datetime.now(UTC).isoformat(timespec="seconds")}
    file = folder() / f"{run.id}{SUFFIX}"
    lock = _locked(file, record)
    try:
        with watched(run):
            yield
    finally:
        file.unlink(missing_ok=True)
        lock.close()


def _locked(file: Path, record: dict[str, Any]) -> IO[str]:
    """The file under its name only once it is locked, or `reap` could take it for that of a dead run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    lock = partial.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    json.dump(record, lock)
    lock.flush()
    partial.replace(file)
    return lock


def live() -> dict[UUID, dict[str, Any]]:
    """Runs of this checkout whose process lives: `name`, `pid` and `started` by id."""
    return {UUID(file.stem): json.loads(file.read_text()) for file in _files() if _is_held(file)}


def reap(client: SyncPrefectClient | None = None) -> list[str]:
    """Set every run of this checkout whose process is gone, and what it was running, to Crashed.

    A run that this server does not know is left to the server that does.

    Args:
        client: Of the server to ask; the one that Prefect's settings name if not given.

    Returns:
        Names of the runs.
    """
    reaped = []
    for file in _files():
        lock = _try_lock(file)
        if lock is None:
            continue
        with lock:
            reaped += _bury(client or get_client(sync_client=True), file)
    return reaped


def _files() -> list[Path]:
    return sorted(folder().glob(f"*{SUFFIX}"))


def _try_lock(file: Path) -> IO[str] | None:
    """The file locked; None if its run lives, or ended just now."""
    try:
        lock = file.open("r+")
    except FileNotFoundError:
        return None
    if flock.taken(lock):
        return lock
    lock.close()
    return None


def _is_held(file: Path) -> bool:
    lock = _try_lock(file)
    if lock is None:
        return file.exists()
    lock.close()
    return False


def _bury(client: SyncPrefectClient, file: Path) -> list[str]:
    try:
        run = client.read_flow_run(UUID(file.stem))
    except ObjectNotFound:
        return []
    crashed = _crash(client, run, file)
    file.unlink(missing_ok=True)
    return [run.name] if crashed else []


def _crash(client: SyncPrefectClient, run: FlowRun, file: Path) -> bool:
    """Set to Crashed what has not ended, tasks too of a run whose worker called it Crashed; whether the run had not."""
    pid = json.loads(file.read_text())["pid"]
    message = (f"The process {pid} of this run is gone without a word: killed, or the machine went down. Finished "
               "stages are kept, and the next run goes on from the last epoch.")
    of_the_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    for task_run in client.read_task_runs(flow_run_filter=of_the_run):
        if not _has_ended(task_run.state):
            client.set_task_run_state(task_run.id, Crashed(message=message), force=True)
    if _has_ended(run.state):
        return False
    client.set_flow_run_state(run.id, Crashed(message=message), force=True)
    return True


def _has_ended(state: State[Any] | None) -> bool:
    return state is not None and state.is_final()
