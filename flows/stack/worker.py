"""The worker of the process work pool `fer`."""

import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from flows.stack.detached import Detached
from flows.stack.server import NO_TELEMETRY

POOL = "fer"
WORKER = Detached("worker")
START_SECONDS = 180.0
END_SECONDS = 10.0
SILENCE = timedelta(minutes=2)     # four heartbeats


def name() -> str:
    """Of the worker: a machine and a checkout have one."""
    return f"{socket.gethostname()} {Path.cwd().name}"


def start(client: SyncPrefectClient) -> None:
    """Start it and wait until the server knows it; it makes the work pool if there is none.

    Raises:
        InputError: The worker ended; with its log.
    """
    asked = datetime.now(UTC)
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process",
               "--name", name()]
    WORKER.start(command, environment())
    WORKER.wait_until(lambda: _known(client, asked), START_SECONDS)


def others_online(client: SyncPrefectClient) -> bool:
    """Whether workers of other checkouts or machines take runs of the pool."""
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        return False
    fresh = datetime.now(UTC) - SILENCE
    return any(worker.name != name() and worker.last_heartbeat_time and worker.last_heartbeat_time > fresh
               for worker in client.read_workers_for_work_pool(POOL))


def environment() -> dict[str, str]:
    """Of worker and flow runs; where the server is stands in prefect.toml."""
    return os.environ | NO_TELEMETRY | {"PYTHONUNBUFFERED": "1"}


def _known(client: SyncPrefectClient, since: datetime) -> bool:
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        return False
    workers = client.read_workers_for_work_pool(POOL)
    return any(worker.name == name() and worker.last_heartbeat_time and worker.last_heartbeat_time >= since
               for worker in workers)
