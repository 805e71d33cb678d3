"""The whole of `fer clean`: what can go, gathered while nobody works here, and removed under DVC's lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer_pipeline.errors import InputError
from flows.cleaning.cache import unneeded
from flows.cleaning.items import Item, Limits, Plan
from flows.cleaning.local import clones, downloads, partial_files, resume_state, run_logs
from flows.cleaning.prefect_runs import old_runs
from flows.running.at_work import at_work
from flows.running.pipeline import pipeline_of
from flows.running.turn import turn, under_way
from flows.status.stale import stale_stages


@contextmanager
def planned(limits: Limits) -> Iterator[Plan]:
    """What can go. For the block nobody else starts a flow here, or any DVC command.

    Raises:
        InputError: Something works in this checkout, or a revision cannot be read.
    """
    _require_nobody()
    try:
        with turn(lambda _: _require_nobody()), Repo(_wait_for_lock=True) as repo, repo.lock:
            yield _plan(repo, limits)
    except DvcException as error:
        raise InputError(f"DVC cannot read this checkout: {error}. Nothing was removed. A dvc.lock that a kill cut is "
                         "mended by `fer train-all`.") from None


def remove(items: list[Item]) -> None:
    """Remove what was planned."""
    for item in items:
        item.remove()


def _require_nobody() -> None:
    """Raise InputError if anything works in this checkout that may need what seems to be unneeded."""
    if flow := under_way():
        raise InputError(f"The flow run of process {flow.pid} works in this checkout, so nothing is removed. Wait for "
                         "it, or end it; `fer status` shows it.")
    if work := at_work(Path.cwd()):
        raise InputError(f"{work[0].what} works in this checkout as process {work[0].pid}, so nothing is removed. Wait "
                         "for it, or end it; `fer status` shows it.")


def _plan(repo: Repo, limits: Limits) -> Plan:
    kept: list[str] = []
    pipeline = pipeline_of(repo)
    stale, behind = stale_stages(list(repo.index.graph), pipeline)
    useful = {*behind, *(stage.stage for stage in stale)}
    items = [*unneeded(repo, limits, kept), *resume_state(limits, useful, kept), *downloads(limits), *clones(),
             *partial_files(Path(repo.cache.local.path).parents[1]), *run_logs(limits), *old_runs(limits, kept)]
    return Plan(items, kept)
