"""The flow `report`: index.html again, with this checkout's run section, and the figures as Prefect artifacts."""

from typing import Any

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.publishing.publish import publish
from flows.publishing.results import INDEX_FILE, reported
from flows.running.guarded import guarded


@flow(name="report")
def report() -> State[Any]:
    """Render artifacts/report/index.html again and publish the figures. Nothing is trained or judged."""
    return guarded(_published)


def _published() -> State[Any]:
    if not reported():
        return Failed(message="The last run left no report of the present state. Run train-all; it says why.")
    publish()
    return Completed(message=f"{INDEX_FILE.absolute()}")
