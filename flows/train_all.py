"""The flow `train-all`: every stale stage of dvc.yaml, side by side where DVC's graph and the device slots allow.

    fer train-all
    python -m flows.train_all
    prefect deployment run train-all/default
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from prefect import State, flow
from prefect.futures import PrefectFuture, as_completed
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from fer_pipeline import architectures
from fer_pipeline.errors import InputError
from fer_pipeline.params import load_params
from fer_pipeline.runtime import run_log
from fer_pipeline.runtime.slots import machine_slots
from fer_pipeline.runtime.state import FRESH_VARIABLE
from flows.pipeline import Stage, read_pipeline, restore_order, stale_stages
from flows.publish import publish, record
from flows.reproduce import NOT_RUN, RESTORED, SKIPPED, leave_out, reproduce, run_name, skip


@flow(name="train-all", task_runner=ThreadPoolTaskRunner())     # type: ignore[arg-type]
def train_all(slots: int | None = None, force: bool = False) -> State[Any]:
    """Bring every stage up to date and publish the report.

    Args:
        slots: Stages to run at once; one a GPU, or one for every `compute.threads` cores, if not given.
        force: Run every stage from nothing although nothing changed.
    """
    try:
        params = load_params()
        architectures.require(recipe.architecture for recipe in params.entries.values())
        slots = slots or len(machine_slots(params.compute.threads))
    except InputError as error:
        return Failed(message=str(error))
    pipeline = read_pipeline()
    names = {stage.name for stage in pipeline}
    run = Run(pipeline, names if force else stale_stages() & names, slots, force)
    run.to_the_end()
    restore_order([stage.name for stage in pipeline])
    record(run.identifier, run.outcomes())
    publish()
    return run.state()


@dataclass
class Run:
    """One run of the pipeline: what is under way, what ended how.

    Attributes:
        pipeline: Stages in pipeline order.
        stale: Stages that DVC called stale at the start.
        slots: Stages to run at once.
        force: Whether every stage runs.
        asked: Stages that DVC was started for: what is behind one of them may have become stale, or fresh.
    """

    pipeline: list[Stage]
    stale: set[str]
    slots: int
    force: bool
    identifier: str = field(default_factory=lambda: uuid.uuid4().hex)
    asked: set[str] = field(default_factory=set)
    futures: dict[str, PrefectFuture[Any]] = field(default_factory=dict)
    ended: dict[str, State[Any]] = field(default_factory=dict)

    def to_the_end(self) -> None:
        """Start stages as slots and their upstream allow, until none is left."""
        logger = get_run_logger()
        logger.info(f"{len(self.stale)} of {len(self.pipeline)} stages are stale; up to {self.slots} at once")
        while len(self.ended) < len(self.pipeline):
            for stage in self._ready():
                self.futures[stage.name] = self._start(stage)
            running = [future for name, future in self.futures.items() if name not in self.ended]
            next(as_completed(running))
            for name, future in self.futures.items():
                if name not in self.ended and future.state.is_final():
                    self.ended[name] = future.state
                    logger.info(f"[{len(self.ended)}/{len(self.pipeline)}] {run_name(name)}: {future.state.name}")

    def _ready(self) -> Iterator[Stage]:
        for stage in self.pipeline:
            free = len(self.futures) - len(self.ended) < self.slots
            if free and stage.name not in self.futures and stage.upstream <= self.ended.keys():
                yield stage

    def _start(self, stage: Stage) -> PrefectFuture[Any]:
        title = run_name(stage.name)
        failed = {name for name, state in self.ended.items() if not state.is_completed()}
        if reasons := stage.kept_back_by(failed):
            return leave_out.submit(title, reasons, wait_for=[], return_state=False)
        if stage.name not in self.stale and not stage.upstream & self.asked:
            return skip.submit(title, wait_for=self._shown_upstream(stage), return_state=False)
        self.asked.add(stage.name)
        return reproduce.submit(
            title, stage.name, self._environment(), force=self.force, wait_for=self._shown_upstream(stage),
            return_state=False)

    def _shown_upstream(self, stage: Stage) -> list[PrefectFuture[Any]]:
        """What the UI draws arrows from: upstream stages that succeeded, without those behind another of them."""
        behind = {name for other in self.pipeline if other.name in stage.upstream for name in other.upstream}
        return [self.futures[name] for name in sorted(stage.upstream - behind) if self.ended[name].is_completed()]

    def _environment(self) -> dict[str, str]:
        environment = {run_log.FLOW_VARIABLE: self.identifier, "FER_SLOTS": str(self.slots)}
        return environment | ({FRESH_VARIABLE: "1"} if self.force else {})

    def outcomes(self) -> dict[str, str]:
        """How each stage ended: ran, skipped, failed or not run."""
        words = {SKIPPED: "skipped", RESTORED: "restored", NOT_RUN: "not run"}
        return {name: words.get(state.name or "", "ran" if state.is_completed() else "failed")
                for name, state in self.ended.items()}

    def state(self) -> State[Any]:
        """Failed if a stage failed, though the others went on and the report was written."""
        failed, not_run = (self._names(outcome) for outcome in ("failed", "not run"))
        if not failed:
            return Completed(message=f"{len(self.ended)} stages are up to date")
        reasons = "".join(f"\n  {run_name(name)}: {self.ended[name].message}" for name in failed)
        left = f"\nNot run because of that: {', '.join(map(run_name, not_run))}." if not_run else ""
        return Failed(message=f"{len(failed)} of {len(self.ended)} stages failed:{reasons}{left}\nThe others are up to "
                              "date. Repair and run again; only what is left runs.")

    def _names(self, outcome: str) -> list[str]:
        return [stage.name for stage in self.pipeline if self.outcomes()[stage.name] == outcome]


if __name__ == "__main__":
    train_all()
