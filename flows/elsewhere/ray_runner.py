"""The driver's side of `run.runner: ray`: stages that compute go to a Ray cluster, through prefect-ray.

Code travels as a git bundle through Ray's object store, data and models by the DVC remote; no disk is shared.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger
from prefect.states import Completed, Crashed, Failed

from fer_pipeline.errors import InputError
from fer_pipeline.params import RunParams
from fer_pipeline.runtime import run_log
from fer_pipeline.stages.__main__ import ON_DEVICE
from flows.blocks import dvc_remote
from flows.elsewhere import ray_cluster, ray_stage, remote_data, remote_result, revision
from flows.running.pipeline import Stage
from flows.running.reproduce import RESTORED, SKIPPED

if TYPE_CHECKING:
    from prefect_ray import RayTaskRunner
    from prefect_ray.task_runners import PrefectRayFuture


class Cluster:
    """A Ray cluster that stages are sent to.

    Attributes:
        at_once: Stages that it computes at once.
    """

    def __init__(self, runner: "RayTaskRunner[Any]", params: RunParams) -> None:
        import ray

        self._runner = runner
        self._options = ray_cluster.share(params, ray.cluster_resources())
        self.at_once = ray_cluster.at_once(self._options, ray.cluster_resources())
        self._bundle = ray.put(revision.bundle())
        self._commit = revision.head()
        self._remote, self._place = remote_data.place()
        self._written_by = remote_data.writers()

    def __reduce__(self) -> tuple[Any, ...]:
        return str, ("a Ray cluster",)      # Prefect sends a task's parameters along with those it starts

    def submit(self, title: str, stage: str, environment: dict[str, str], *, force: bool) -> "PrefectRayFuture[Any]":
        """Send the inputs of a stage and ask Ray for a node to run it on."""
        from prefect_ray.context import remote_options

        lock = Path(revision.LOCK_FILE)
        order = ray_stage.Order(
            stage, self._commit, lock.read_text() if lock.exists() else None,
            remote_data.send_inputs(stage, self._written_by), self._remote, self._place, environment, force)
        parameters = {"title": title, "order": order, "bundle": self._bundle, "cpus": self._options["num_cpus"]}
        with remote_options(**self._options, max_retries=0):
            return self._runner.submit(ray_stage.compute, parameters)


@contextmanager
def cluster(params: RunParams) -> Iterator[Cluster]:
    """Connect to the Ray cluster that params.yaml or RAY_ADDRESS names.

    Raises:
        InputError: Something is missing that stages on other machines need. Nothing was started.
    """
    address = ray_cluster.address(params)
    ray_cluster.require_ray()
    remote_data.place()
    revision.require_clean_tree(remote_data.output_paths())
    os.environ.update(dvc_remote.credentials())
    remote_result.fetch_run_cache()
    with ray_cluster.connected(address) as runner:
        ray_cluster.require_reachable_server()
        yield Cluster(runner, params)


def takes(stage: Stage) -> bool:
    """Whether a stage computes with a framework, by its own name or that of the module its command names."""
    return not ON_DEVICE.isdisjoint({stage.name.partition("@")[0], stage.module})


@task(task_run_name="{title}", cache_policy=NO_CACHE)
def reproduce_on_ray(
    title: str, stage: str, environment: dict[str, str], to: Cluster, *, force: bool,
) -> State[Any] | None:
    """Bring one stage up to date by a node of the cluster; its log is that of the task below this one.

    Returns:
        As `flows.reproduce.reproduce`.
    """
    try:
        if outcome := remote_result.settle(stage, force=force):
            words = {"skipped": (SKIPPED, "DVC found it up to date"), "restored": (RESTORED, "from the run cache")}
            name, message = words[outcome]
            return Completed(name=name, message=message)
        delivery = _delivery(to.submit(title, stage, environment, force=force), stage)
        if isinstance(delivery, State):
            return delivery
        remote_result.take_back(stage, delivery.run_cache)
    except InputError as error:
        return Failed(message=str(error))
    for record in delivery.records:
        run_log.append(run_log.stages_log(), record)
    return None


def _delivery(future: "PrefectRayFuture[Any]", stage: str) -> "State[Any] | ray_stage.Delivery":
    """Wait for a stage; cancel it if this process is asked to end."""
    import ray

    try:
        future.wait()
    except BaseException:
        ray.cancel(future.wrapped_future)
        raise
    state = future.state
    if state.is_crashed():
        return _lost(future, stage, state.message or "")
    if not state.is_completed():
        return Failed(message=state.message)
    delivery: ray_stage.Delivery = future.result()
    return delivery


def _lost(future: "PrefectRayFuture[Any]", stage: str, message: str) -> State[Any]:
    """The node or its process died, and with it whoever would have told Prefect."""
    told = f"Ray lost the process that computed {stage}: {' '.join(message.split())[:300]}"
    with get_client(sync_client=True) as client:
        client.set_task_run_state(future.task_run_id, Crashed(message=told), force=True)
    get_run_logger().error(told)
    return Failed(message=f"{told} Its resume state is on that node, in FER_WORK; run again, and a training that comes "
                          "to the same node goes on from its last epoch.")
