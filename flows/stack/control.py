"""`fer up` and `fer down`: the whole local stack at once, each any number of times."""

import os
import time
from collections.abc import Iterator
from datetime import datetime

import dotenv
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelling

from fer_pipeline.errors import InputError
from flows.running import dead_runs
from flows.stack import automations, deployments, options, server, settings_file, worker
from flows.stack.options import Options

UNDER_WAY = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
CANCEL_SECONDS = 60.0


def up(wanted: Options) -> Iterator[str]:
    """Start what does not run yet, tell of each piece, and deploy.

    Args:
        wanted: Of the server.

    Raises:
        InputError: The options are refused, another stack is in the way, or something did not start; with its log.
    """
    wanted.check()
    settings_file.check_ours()
    _check_environment(wanted.api_url)
    _check_same(wanted)
    yield from _server_up(wanted)
    options.keep(wanted)
    settings_file.write(wanted.api_url, wanted.auth)
    with _client(wanted) as client:
        for name in dead_runs.reap(client):
            yield f"The run {name} had died; it is Crashed now."
        if not worker.WORKER.process():
            yield from deployments.settle(client)
        yield from _worker_up(client)
        yield from deployments.deploy(client)
        yield f"Automation: {automations.install(client)}"
    yield f"The UI is at {wanted.url}. `fer down` ends it all."


def _check_environment(api_url: str) -> None:
    """Refuse what would win over prefect.toml: then `fer train-all` here would go to another server than this one."""
    for place, values in (("the environment", os.environ), (".env", dotenv.dotenv_values(".env"))):
        if (other := values.get("PREFECT_API_URL")) and other != api_url:
            raise InputError(f"PREFECT_API_URL is {other} in {place}, which wins over the server that `fer up` starts "
                             f"at {api_url}. Unset it there, then run `fer up` again.")


def _check_same(wanted: Options) -> None:
    running = options.kept()
    if server.SERVER.process() and running != wanted:
        raise InputError(f"The server of this checkout runs at {running.url if running else '?'} with other options "
                         "(host, port, database or auth). Run `fer down`, then `fer up` with those you want.")


def _server_up(wanted: Options) -> Iterator[str]:
    if process := server.SERVER.process():
        server.SERVER.wait_until(lambda: server.answers(wanted.api_url), server.START_SECONDS)
        yield f"Server: runs already as process {process.pid}"
        return
    server.start(wanted)
    yield f"Server: {wanted.url}, log in {server.SERVER.log}"


def _worker_up(client: SyncPrefectClient) -> Iterator[str]:
    if process := worker.WORKER.process():
        yield f"Worker: runs already as process {process.pid}"
        return
    worker.start(client)
    yield f"Worker: {worker.name()}, of the work pool {worker.POOL}, log in {worker.WORKER.log}"


def _client(chosen: Options) -> SyncPrefectClient:
    return SyncPrefectClient(chosen.api_url, auth_string=chosen.auth)


def down(*, force: bool) -> Iterator[str]:
    """End worker and server and remove prefect.toml; tell what was done.

    Args:
        force: Cancel runs under way first.

    Raises:
        InputError: Runs are under way, and `force` is not given; with their names.
    """
    chosen = options.kept()
    if chosen and server.SERVER.process() and server.answers(chosen.api_url):
        with _client(chosen) as client:
            dead_runs.reap(client)
            yield from _without_runs(client, force=force)
    for process, seconds in ((worker.WORKER, worker.END_SECONDS), (server.SERVER, server.END_SECONDS)):
        yield f"{process.name.capitalize()}: {'ended' if process.end(seconds) else 'was not running'}"
    options.FILE.unlink(missing_ok=True)
    if settings_file.remove():
        yield f"{settings_file.FILE}: removed; `fer train-all` goes on without a server"


def _without_runs(client: SyncPrefectClient, *, force: bool) -> Iterator[str]:
    runs = _under_way(client)
    if runs and not force:
        raise InputError(f"{len(runs)} runs are under way: {', '.join(map(_described, runs))}. Wait for them, cancel "
                         "them in the UI, or give --force, which does that; the next run goes on from there.")
    yield from _cancel(client, runs)


def _under_way(client: SyncPrefectClient) -> list[FlowRun]:
    types = FlowRunFilterStateType(any_=list(UNDER_WAY))
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=types)))


def _described(run: FlowRun) -> str:
    since = run.start_time.astimezone().strftime(" since %H:%M") if isinstance(run.start_time, datetime) else ""
    return f"{run.name} ({run.state_name}{since})"


def _cancel(client: SyncPrefectClient, runs: list[FlowRun]) -> Iterator[str]:
    for run in runs:
        client.set_flow_run_state(run.id, Cancelling(message="by `fer down --force`"))
    end = time.monotonic() + CANCEL_SECONDS
    while (left := _under_way(client)) and time.monotonic() < end:
        time.sleep(0.5)
    for run in runs:
        gone = run.id not in {one.id for one in left}
        yield f"Run {run.name}: {'cancelled' if gone else 'still under way, which the next `fer up` will look into'}"

