"""The flow `train-all` in the scheduled clone: a process of its own, whose code is the clone's, and in Prefect a child
of the present flow run.

    python -m flows.retraining.challenger FLOW_RUN_ID      # in the clone; `train_challenger` starts it
"""

import os
import sys
import threading
import time
from uuid import UUID

import psutil
from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.context import TaskRunContext
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import load_flow_run, run_flow
from prefect.settings import get_current_settings
from prefect.states import Crashed

from fer_pipeline.errors import InputError
from flows.retraining.scheduled_clone import ScheduledClone
from flows.train_all import train_all

MODULE = "flows.retraining.challenger"
RECORDED_SECONDS = 120
ASK_SECONDS = 0.2


def train_challenger(clone: ScheduledClone, slots: int | None) -> None:
    """Bring every stage of the clone up to date. Called in a task, which stands for the child.

    Raises:
        InputError: A stage failed, or the process ended before its flow.
    """
    context = TaskRunContext.get()
    parent = context.task_run.id if context else None
    with get_client(sync_client=True) as client:
        if parent:
            _wait_until_recorded(client, parent)
        flow_run = client.create_flow_run(train_all, parameters={"slots": slots, "force": False},
                                          parent_task_run_id=parent)
        try:
            clone.run(MODULE, str(flow_run.id), say=_print, added=_settings(client))
        finally:
            _end(client, flow_run.id)


def _wait_until_recorded(client: SyncPrefectClient, task_run: UUID, seconds: float = RECORDED_SECONDS) -> None:
    """Prefect writes task runs to its database from events, later than they begin, and refuses a child without its
    parent."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            client.read_task_run(task_run)
        except ObjectNotFound:
            if time.monotonic() > give_up:
                raise InputError(f"Prefect's server at {client.api_url} has not recorded the task run {task_run} after "
                                 f"{seconds:g} s: is it overloaded? Run again; nothing is trained twice.") from None
            time.sleep(ASK_SECONDS)
        else:
            return


def _settings(client: SyncPrefectClient) -> dict[str, str]:
    """Prefect's settings of this process, its server and password among them: prefect.toml is not in the clone."""
    own = get_current_settings().to_environment_variables(exclude_unset=True)
    return own | {"PREFECT_API_URL": str(client.api_url)}


def _print(line: str) -> None:
    """Its log is in Prefect already, with the child."""
    print(line, flush=True)


def _end(client: SyncPrefectClient, identifier: UUID) -> None:
    """A run whose process is gone does not stay Running."""
    state = client.read_flow_run(identifier).state
    if state is None or not state.is_final():
        client.set_flow_run_state(identifier, Crashed(message="its process ended before it"), force=True)


def _end_with_parent() -> None:
    """End at once when the starting process is gone: on SIGTERM Prefect would wait for stages, and they for it."""
    parent = psutil.Process(os.getppid())

    def watch() -> None:
        parent.wait()
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _main(identifier: str) -> None:
    _end_with_parent()
    state = run_flow(train_all, flow_run=load_flow_run(UUID(identifier)), return_type="state")
    if not isinstance(state, State) or not state.is_completed():
        sys.exit(f"error: {getattr(state, 'message', state)}")


if __name__ == "__main__":
    try:
        _main(sys.argv[1])
    except InputError as error:
        sys.exit(f"error: {error}")
