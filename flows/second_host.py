"""The flow of deployments on another host: `train-all` in a clone there, and the result to the DVC remote.

It never commits. Elsewhere `dvc pull --run-cache` and `dvc repro --pull` restore what it gave, with the same dvc.lock.
"""

import os
from functools import partial
from typing import Any

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE

from flows.blocks import dvc_remote
from flows.elsewhere import remote_data
from flows.running.guarded import guarded
from flows.running.pipeline import read_pipeline, stale_stages
from flows.train_all import train_all


@flow(name="train-all-and-push")
def train_all_and_push(slots: int | None = None, force: bool = False) -> State[Any]:
    """Bring every stage up to date here and push what there is, also if a stage failed.

    Args:
        slots: As of `train-all`.
        force: As of `train-all`.
    """
    return guarded(partial(_train_and_push, slots, force))


def _train_and_push(slots: int | None, force: bool) -> State[Any]:
    os.environ.update(dvc_remote.credentials())
    remote_data.place()
    state: State[Any] = train_all(slots=slots, force=force, return_state=True)
    push()
    return state


@task(cache_policy=NO_CACHE)
def push() -> None:
    """Push the outputs of every stage that is up to date, and the run cache."""
    stale = stale_stages()
    remote_data.push([stage.name for stage in read_pipeline() if stage.name not in stale])
