"""The flow `train-all`: every stale stage of dvc.yaml, side by side where DVC's graph and the device slots allow.

    fer train-all
    python -m flows.train_all
    prefect deployment run train-all/default
"""

from typing import Any, Literal

from prefect import State, flow
from prefect.logging import get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from fer_pipeline.architectures import require
from fer_pipeline.params import load_params
from fer_pipeline.runtime.disk_space import require_space
from fer_pipeline.runtime.slots import machine_slots
from flows.elsewhere import ray_runner
from flows.publishing.publish import publish
from flows.running import settings
from flows.running.cancelling import INTERRUPTS, uninterrupted
from flows.running.guarded import guarded
from flows.running.local_run import main
from flows.running.mending import mend
from flows.running.pipeline import read_pipeline, stale_stages
from flows.running.run import Run
from flows.running.turn import turn


@flow(name="train-all", task_runner=ThreadPoolTaskRunner())     # type: ignore[arg-type]
def train_all(
    profile: str | None = None, source: str | None = None, architectures: list[str] | None = None,
    slots: int | None = None, force: bool = False, runner: Literal["local", "ray"] | None = None,
) -> State[Any]:
    """Bring every stage up to date and publish the report.

    Args:
        profile: Switch params.yaml to this profile first, as `fer profile NAME` does: `sample` or `fer2013`. None:
            leave it.
        source: Take the data from here, as `fer source SOURCE` does: a csv, folder or archive on the worker's machine,
            or `kaggle:OWNER/NAME`. None: leave it.
        architectures: Keep only these entries of params.yaml, e.g. `lenet5`. None: leave them.
        slots: Stages to run at once. None: one a GPU, or one for every `compute.threads` cores, or twice what the Ray
            cluster computes at once, so that none of its devices waits for this machine.
        force: Run every stage from nothing although nothing changed.
        runner: Where stages compute. None: `run.runner` of params.yaml.
    """
    def work() -> State[Any]:
        with turn(get_run_logger().info):
            require_space()
            _mend()
            settings.apply(profile, source, architectures)
            return _bring_up_to_date(slots, force, runner)

    return guarded(work)


def _mend() -> None:
    for mended in mend():
        get_run_logger().warning(mended)


def _bring_up_to_date(slots: int | None, force: bool, runner: str | None) -> State[Any]:
    params = load_params()
    require(recipe.architecture for recipe in params.entries.values())
    if (runner or params.run.runner) == "ray":
        with ray_runner.cluster(params.run) as cluster:
            return _run(slots or 2 * cluster.at_once, force, cluster)
    return _run(slots or len(machine_slots(params.compute.threads, params.run.slots_per_gpu)), force)


def _run(slots: int, force: bool, cluster: "ray_runner.Cluster | None" = None) -> State[Any]:
    pipeline = read_pipeline()
    names = {stage.name for stage in pipeline}
    run = Run(pipeline, names if force else stale_stages() & names, slots, force, cluster)
    try:
        run.to_the_end()
    except INTERRUPTS:
        with uninterrupted():
            run.cancel()
            run.leave_in_order()
        raise
    run.leave_in_order()
    publish()
    return run.state()


if __name__ == "__main__":
    main(train_all)
