"""All of `fer status` in one value."""

from dataclasses import dataclass
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer_pipeline.params import load_params
from fer_pipeline.runtime import run_log
from flows.running.at_work import Work, at_work
from flows.running.pipeline import pipeline_of
from flows.running.turn import FlowRun, cut_short, under_way
from flows.status.last_run import LastRun, last_run
from flows.status.running import Slot, Training, slots, trainings
from flows.status.server import Server, server, stack
from flows.status.stale import StaleStage, stale_stages


@dataclass(frozen=True)
class Status:
    """A checkout and its machine at this moment.

    Attributes:
        stages: How many the pipeline has.
        stale: Those that would run, and why.
        behind: Those that wait for them and may then have to run.
        unreadable: What DVC says of a pipeline that it cannot read, as after a kill of plain `dvc repro`; else None.
        locked: Whether dvc.lock is there.
        flow: The flow run under way.
        done: Stages that it brought to an end so far.
        cut: The last flow run, if it died.
        work: Stages and DVC commands that run here.
        slots: Device slots of this machine.
        trainings: With resume state, running or cut.
        last: The last flow run that ended.
        server: Prefect's, if PREFECT_API_URL names one.
        stack: Processes of `fer up`, and whether they live.
    """

    stages: int
    stale: list[StaleStage]
    behind: list[str]
    unreadable: str | None
    locked: bool
    flow: FlowRun | None
    done: int
    cut: FlowRun | None
    work: list[Work]
    slots: list[Slot]
    trainings: list[Training]
    last: LastRun | None
    server: Server | None
    stack: dict[str, bool]


def gather() -> Status:
    """Look at the checkout that is the current folder.

    Raises:
        InputError: params.yaml is wrong.
    """
    params, flow = load_params(), under_way()
    stages, stale, behind, unreadable = _pipeline()
    return Status(
        stages, stale, behind, unreadable, Path("dvc.lock").exists(), flow, _done_since(flow), cut_short(),
        at_work(Path.cwd()), slots(params), trainings(params), last_run(), server(), stack())


def _pipeline() -> tuple[int, list[StaleStage], list[str], str | None]:
    try:
        with Repo() as repo:
            pipeline = pipeline_of(repo)
            return len(pipeline), *stale_stages(list(repo.index.graph), pipeline), None
    except DvcException as error:
        return 0, [], [], str(error)


def _done_since(flow: FlowRun | None) -> int:
    if flow is None:
        return 0
    return sum(record["succeeded"] and record["started"] >= flow.started
               for record in run_log.read(run_log.stages_log()))
