"""Old flow runs in Prefect's database: of this project's flows, ended long ago."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from flows.cleaning.items import Item, Limits
from flows.status.server import server

FLOWS = ("train-all", "retrain", "refresh", "report")
AT_ONCE = 200       # Prefect's limit of one answer


def old_runs(limits: Limits, kept: list[str]) -> Iterator[Item]:
    """Runs that ended so long ago, with their task runs.

    Args:
        limits: What stays.
        kept: Takes sentences on what stays.
    """
    if (named := server()) is not None and not named.answers:
        kept.append(f"flow runs at {named.url}, which does not answer: {named.why_not}")
    elif found := _ended_before(datetime.now(UTC) - timedelta(days=limits.older_than)):
        yield Item("Prefect", f"{len(found)} flow runs that ended", None, partial(_delete, found))


def _ended_before(moment: datetime) -> list[UUID]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterEndTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import TERMINAL_STATES

    if not _has_database():
        return []
    ended = FlowRunFilter(end_time=FlowRunFilterEndTime.model_validate({"before_": moment}),
                          state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[*TERMINAL_STATES])))
    found: list[UUID] = []
    with get_client(sync_client=True) as client:
        while page := client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=[*FLOWS])),
                                            flow_run_filter=ended, limit=AT_ONCE, offset=len(found)):
            found += [run.id for run in page]
    return found


def _has_database() -> bool:
    """Whether a server is named, or a run here left a database of its own."""
    from prefect.settings import get_current_settings

    return server() is not None or (get_current_settings().home / "prefect.db").exists()


def _delete(runs: list[UUID]) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for run in runs:
            client.delete_flow_run(run)
