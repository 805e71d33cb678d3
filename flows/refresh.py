"""The flow `refresh`: does the source hold new data? If so, pin them on a branch, checked, without any training.

    python -m flows.refresh
    prefect deployment run refresh/weekly
"""

from functools import partial
from typing import Any

from prefect import State, flow
from prefect.states import Completed

from flows.retraining.new_data import bring_data, keep_data
from flows.retraining.pages import data_page, or_failure_page, show
from flows.retraining.scheduled_clone import ScheduledClone, scheduled_clone
from flows.running.guarded import guarded
from flows.running.local_run import main

UNCHANGED = "Unchanged"
REFRESHED = "Refreshed"


@flow(name="refresh")
def refresh(revision: str | None = None) -> State[Any]:
    """Bring the data stages up to date with the source, in the scheduled clone.

    Args:
        revision: Commit, branch or tag whose code and settings run; this checkout's HEAD if not given.
    """
    def work() -> State[Any]:
        with scheduled_clone(revision) as clone:
            return _refresh(clone)

    return guarded(partial(or_failure_page, work, "refresh", "The data were not refreshed"))


def _refresh(clone: ScheduledClone) -> State[Any]:
    data = bring_data(clone)
    if not data.changed:
        show("refresh", data_page(data, clone))
        return Completed(name=UNCHANGED, message=data.in_words())
    commit, pushed = keep_data(clone, data)
    show("refresh", data_page(data, clone, [f"Branch `{clone.branch}` at `{commit[:10]}`", pushed]))
    return Completed(name=REFRESHED, message=f"{data.in_words()}; {clone.branch} at {commit[:10]}")


if __name__ == "__main__":
    main(refresh)
