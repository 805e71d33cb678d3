"""One stage on a node of a Ray cluster: a checkout of the driver's commit, inputs by the DVC remote, the result back.

A plain function does it; the Prefect task around it is what Ray starts.
"""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.states import Failed

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import flock, run_log
from flows.blocks import dvc_remote
from flows.elsewhere import remote_data, remote_result, revision
from flows.running.reproduce import reproduce, run_name

WORK_VARIABLE = "FER_WORK"      # of a node: where its work folders are


@dataclass(frozen=True)
class Order:
    """A stage to run elsewhere.

    Attributes:
        stage: As DVC addresses it.
        commit: What to check out.
        lock: The driver's dvc.lock, which is ahead of the commit's; None if there is none yet.
        inputs: What it reads of other stages, as `remote_data.fetch` takes it.
        remote: Name of the DVC remote.
        place: Where that is.
        environment: Added to the stage's own.
        force: Run it although nothing changed.
    """

    stage: str
    commit: str
    lock: str | None
    inputs: dict[str, str]
    remote: str
    place: dict[str, str]
    environment: dict[str, str]
    force: bool


@dataclass(frozen=True)
class Delivery:
    """What a stage that ran elsewhere hands back, beside the outputs in the remote.

    Attributes:
        run_cache: DVC's record of the run, files by path.
        records: Its records of the run log.
    """

    run_cache: dict[str, str]
    records: list[dict[str, Any]]


def node_folder() -> Path:
    """Work folders and resume state of this node."""
    return Path(os.environ.get(WORK_VARIABLE, Path.home() / ".cache" / "fer-pipeline" / "work")).absolute()


@contextmanager
def work_folder() -> Iterator[Path]:
    """The first folder of this node in which nobody works, locked. It keeps its checkout and DVC's cache."""
    root = node_folder()
    root.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        with (root / f"{number}.lock").open("a") as lock:
            if flock.taken(lock):
                yield root / str(number)
                return


def carry_out(order: Order, bundle: bytes, slots: int) -> State[Any] | Delivery:
    """Run a stage in a work folder of this node.

    Args:
        order: What to run.
        bundle: git's, with the commit.
        slots: Stages that this node runs at once.

    Returns:
        The failed state of the stage, or what it gave.
    """
    with work_folder() as folder:
        revision.check_out(bundle, order.commit, folder)
        with chdir(folder):
            _take_over(order)
            own = {"FER_STATE": str(node_folder() / "state"), "FER_SLOTS": str(slots)}
            state = reproduce.fn(run_name(order.stage), order.stage, order.environment | own, force=order.force)
            if state is not None and not state.is_completed():
                return state
            return Delivery(remote_result.push_result(order.stage), run_log.read(run_log.stages_log()))


def _take_over(order: Order) -> None:
    """Bring dvc.lock, the remote and the inputs."""
    lock = Path(revision.LOCK_FILE)
    lock.unlink(missing_ok=True)
    if order.lock is not None:
        lock.write_text(order.lock)
    remote_data.set_place(order.remote, order.place)
    remote_data.fetch(order.inputs)


@task(task_run_name="{title} on Ray", cache_policy=NO_CACHE)
def compute(title: str, order: Order, bundle: bytes, cpus: float) -> State[Any] | Delivery:  # noqa: ARG001
    """Run a stage on the node that Ray chose, its output line by line in this task's log."""
    get_run_logger().info(f"On {socket.gethostname()}, process {os.getpid()}; resume state in {node_folder()}/state")
    os.environ.pop("OMP_NUM_THREADS", None)     # Ray's: it is not to differ from a local run, where nobody sets it
    try:
        os.environ.update(dvc_remote.credentials())
        return carry_out(order, bundle, _slots_of_node(cpus))
    except InputError as error:
        return Failed(message=str(error))


def _slots_of_node(cpus: float) -> int:
    """As many as Ray starts here at once: on CPUs it counts them, and the stages' own slots must not be fewer."""
    import ray

    here = ray.get_runtime_context().get_node_id()
    node = next(node for node in ray.nodes() if node["NodeID"] == here)
    return max(1, int(node["Resources"].get("CPU", 0) / cpus)) if cpus else (os.cpu_count() or 1)
