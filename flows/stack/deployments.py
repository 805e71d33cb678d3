"""The deployments of prefect.yaml, and runs of theirs that a killed worker left behind."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.states import Crashed, Scheduled

from fer_pipeline.errors import InputError
from flows.running import dead_runs
from flows.stack.worker import POOL, environment, others_online

WORKING_FOLDER = "prefect.deployments.steps.set_working_directory"
UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def deploy(client: SyncPrefectClient) -> Iterator[str]:
    """Deploy whatever prefect.yaml names, and tell what that was and whether it ran in another folder until now.

    Raises:
        InputError: Prefect refuses prefect.yaml; with what it says.
    """
    before = {one.id: _folder(one) for one in client.read_deployments()}
    done = subprocess.run([sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"], env=environment(),
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise InputError(f"`prefect deploy --all` refuses prefect.yaml:\n{done.stdout.strip()}")
    own = _own(client)
    yield f"Deployments: {', '.join(sorted(_address(client, one) for one in own))}"
    for one in own:
        if before.get(one.id) not in (None, Path.cwd()):
            yield f"{_address(client, one)} ran in {before[one.id]} until now, by this server's database."


def _own(client: SyncPrefectClient) -> list[DeploymentResponse]:
    return [one for one in client.read_deployments() if one.work_pool_name == POOL and _folder(one) == Path.cwd()]


def _folder(deployment: DeploymentResponse) -> Path | None:
    """Where its runs work; `prefect deploy` puts that into the first pull step."""
    folders = [step[WORKING_FOLDER]["directory"] for step in deployment.pull_steps or [] if WORKING_FOLDER in step]
    return Path(folders[0]) if folders else None


def _address(client: SyncPrefectClient, deployment: DeploymentResponse) -> str:
    return f"{client.read_flow(deployment.flow_id).name}/{deployment.name}"


def settle(client: SyncPrefectClient) -> Iterator[str]:
    """Runs of this checkout whose worker was killed before they held their lock: those without a process run again.

    To be called while this checkout has no worker. With a worker elsewhere nobody here can tell whose a run is.
    """
    if others_online(client):
        return
    live = dead_runs.live()
    for run in _under_way(client):
        if run.id not in live and not _has_process(run):
            yield _settled(client, run)


def _settled(client: SyncPrefectClient, run: FlowRun) -> str:
    if run.state_type == StateType.PENDING:
        client.set_flow_run_state(run.id, Scheduled(message="Its worker was gone before it began."), force=True)
        return f"The run {run.name} had not begun; it is scheduled again."
    client.set_flow_run_state(run.id, Crashed(message="Its worker and its process are gone."), force=True)
    return f"The run {run.name} had died; it is Crashed now."


def _under_way(client: SyncPrefectClient) -> list[FlowRun]:
    own = [one.id for one in _own(client)]
    if not own:
        return []
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=own)))


def _has_process(run: FlowRun) -> bool:
    """Whether the process that its worker started lives."""
    pid = (run.infrastructure_pid or "").rpartition(":")[2]
    return pid.isdecimal() and psutil.pid_exists(int(pid))
