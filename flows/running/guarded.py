"""What every flow's body stands in: its run is known to be alive, and whatever ends it early is said by its state."""

from collections.abc import Callable
from typing import Any

from prefect import State
from prefect.states import Failed

from fer_pipeline.errors import InputError
from flows.running import dead_runs
from flows.running.cancelling import INTERRUPTS, cancelled


def guarded(work: Callable[[], State[Any]]) -> State[Any]:
    """Do the work of the present flow run.

    Returns:
        Its own state; Failed with the message where people can repair something; Cancelled after a cancel.
    """
    try:
        with dead_runs.held():
            return work()
    except InputError as error:
        return Failed(message=str(error))
    except INTERRUPTS as interrupt:     # or as the watch ends; past here Prefect calls the run Crashed
        return cancelled(interrupt)
