"""A run asks Prefect every few seconds whether it is to be cancelled.

The worker that started a run does that for it; nobody does for `fer train-all`, nor once the worker was killed.
"""

import contextvars
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectException

POLL_SECONDS = 5.0
JOIN_SECONDS = 2.0
WORKERS_TURN = 3        # polls in which a deployment's worker may do it


@contextmanager
def watched(run: FlowRun) -> Iterator[None]:
    """Interrupt this process as Ctrl-C does once the run says Cancelling and nobody else ends it.

    A cancel that is read of as the block ends interrupts inside of it or not at all.
    """
    ended, deciding = threading.Event(), threading.Lock()
    settings = contextvars.copy_context()      # which name the server: without them Prefect would start one
    thread = threading.Thread(
        target=settings.run, args=(_watch, run, ended, deciding), name="cancel watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with deciding:
            ended.set()
        thread.join(JOIN_SECONDS)


def _watch(run: FlowRun, ended: threading.Event, deciding: threading.Lock) -> None:
    left = WORKERS_TURN if run.deployment_id is not None else 0
    while left >= 0 and not ended.wait(POLL_SECONDS):
        left -= _cancelling(run)
    with deciding:
        if not ended.is_set():
            os.kill(os.getpid(), _heard())


def _heard() -> signal.Signals:
    """Ctrl-C's signal, or SIGTERM where a script started this process in the background, which ignores Ctrl-C."""
    return signal.SIGTERM if signal.getsignal(signal.SIGINT) == signal.SIG_IGN else signal.SIGINT


def _cancelling(run: FlowRun) -> bool:
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run.id).state
    except (httpx.HTTPError, PrefectException, RuntimeError):      # the server is away for a while
        return False
    return state is not None and state.is_cancelling()
