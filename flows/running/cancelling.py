"""What Ctrl-C, SIGTERM and Prefect's cancel do to a flow: its stages end first, then the run says Cancelled."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import State
from prefect.context import FlowRunContext
from prefect.exceptions import TerminationSignal
from prefect.states import Cancelled

INTERRUPTS = (KeyboardInterrupt, TerminationSignal)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Further Ctrl-C and SIGTERM do nothing during the block, which has bounds of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def cancelled(interrupt: BaseException) -> State[Any]:
    """The state of a flow run that was interrupted.

    Raises:
        TerminationSignal: Of a deployment's run, whose worker sent it and says what became of the run.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if isinstance(interrupt, TerminationSignal) and run is not None and run.deployment_id is not None:
        raise interrupt
    by = "Ctrl-C or in Prefect" if isinstance(interrupt, KeyboardInterrupt) else "SIGTERM"
    return Cancelled(message=f"by {by}. Finished stages are kept, and the next run goes on from the last epoch.")
