"""A flow started by hand in this process: with an API, dead runs named so, and a clean end on Ctrl-C and SIGTERM."""

import signal
import sys
from types import FrameType
from typing import Any

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.states import Cancelled

from fer_pipeline.errors import InputError
from flows.running.dead_runs import reap
from flows.running.temporary_server import need_api


def run_here(flow: Flow[Any, Any], **parameters: Any) -> State[Any]:
    """Run a flow and return how it ended.

    Raises:
        InputError: The server that is set up does not answer.
        KeyboardInterrupt: Ctrl-C or SIGTERM before the flow began.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    need_api()
    for name in reap():
        print(f"The run {name} had died; it is Crashed now.")
    state: State[Any] = flow(**parameters, return_state=True)    # type: ignore[assignment]
    return _cancelled_late(state) if state.is_cancelling() else state


def _cancelled_late(state: State[Any]) -> State[Any]:
    """Cancelled, which no worker says here: the cancel came when the stages had ended."""
    late: State[Any] = Cancelled(message="in Prefect, after its last stage. Finished stages are kept.")
    if run := state.state_details.flow_run_id:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run, late, force=True)
    return late


def main(flow: Flow[Any, Any]) -> None:
    """Run a flow as a program: it exits with the message unless the run completed."""
    try:
        state = run_here(flow)
    except InputError as error:
        sys.exit(f"error: {error}")
    if not state.is_completed():
        sys.exit(f"{state.name}: {state.message}")


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)
