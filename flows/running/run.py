"""One run of the pipeline: what is under way, what ended how."""

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prefect import State
from prefect.futures import PrefectFuture, as_completed
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from fer_pipeline.runtime import run_log
from fer_pipeline.runtime.state import FRESH_VARIABLE
from flows.elsewhere import ray_runner
from flows.publishing.publish import record
from flows.running.order import Order
from flows.running.pipeline import Stage, restore_order
from flows.running.processes import STAGES
from flows.running.reproduce import CANCELLED, NOT_RUN, RESTORED, SKIPPED, leave_out, reproduce, run_name, skip

CANCEL_SECONDS = 20.0


@dataclass
class Run:
    """One run of the pipeline: what is under way, what ended how.

    Attributes:
        pipeline: Stages in pipeline order.
        stale: Stages that DVC called stale at the start.
        slots: Stages to run at once.
        force: Whether every stage runs.
        cluster: Where stages compute, if not here.
        started: When, ISO 8601.
        asked: Stages that DVC was started for: what is behind one of them may have become stale, or fresh.
    """

    pipeline: list[Stage]
    stale: set[str]
    slots: int
    force: bool
    cluster: ray_runner.Cluster | None = None
    identifier: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: str = field(default_factory=run_log.now)
    asked: set[str] = field(default_factory=set)
    futures: dict[str, PrefectFuture[Any]] = field(default_factory=dict)
    ended: dict[str, State[Any]] = field(default_factory=dict)
    order: Order = field(init=False)

    def __post_init__(self) -> None:
        self.order = Order(self.pipeline, self.stale, self.slots)

    def to_the_end(self) -> None:
        """Start stages as slots and their upstream allow, until none is left."""
        STAGES.begin()
        logger = get_run_logger()
        logger.info(f"{len(self.stale)} of {len(self.pipeline)} stages are stale; up to {self.slots} at once")
        while len(self.ended) < len(self.pipeline):
            for stage in self._ready():
                self.futures[stage.name] = self._start(stage)
            name = self._next_to_end()
            logger.info(f"[{len(self.ended)}/{len(self.pipeline)}] {run_name(name)}: {self.ended[name].name}")

    def _next_to_end(self, seconds: float | None = None) -> str:
        """Wait for one of those under way. The server is not asked: it may be away for a while."""
        running = {name: future for name, future in self.futures.items() if name not in self.ended}
        done = next(as_completed(list(running.values()), timeout=seconds))
        done.wait()
        name = next(name for name, future in running.items() if future is done)
        self.ended[name] = done.state
        return name

    def cancel(self) -> None:
        """End what is under way, which then says Cancelled itself."""
        get_run_logger().info("Cancelling: stages are ended, what is finished stays.")
        end = time.monotonic() + CANCEL_SECONDS
        while len(self.ended) < len(self.futures) and time.monotonic() < end:
            STAGES.cancel()     # anew, for one that was just about to start
            with suppress(TimeoutError):
                self._next_to_end(seconds=1)

    def leave_in_order(self) -> None:
        """dvc.lock as `dvc repro` would have left it, and the run log with what became of each stage."""
        restore_order([stage.name for stage in self.pipeline])
        record(self.identifier, self.outcomes(), self.reasons(), self.started)

    def _ready(self) -> Iterator[Stage]:
        ready = [stage for stage in self.pipeline
                 if stage.name not in self.futures and stage.upstream <= self.ended.keys()]
        free = self.slots - len(self.futures) + len(self.ended)
        yield from self.order.longest_first(ready, free)

    def _start(self, stage: Stage) -> PrefectFuture[Any]:
        title = run_name(stage.name)
        failed = {name for name, state in self.ended.items() if not state.is_completed()}
        if reasons := stage.kept_back_by(failed):
            return leave_out.submit(title, reasons, wait_for=[], return_state=False)
        if stage.name not in self.stale and not stage.upstream & self.asked:
            return skip.submit(title, wait_for=self._shown_upstream(stage), return_state=False)
        self.asked.add(stage.name)
        submit: Any = reproduce.submit
        if self.cluster and ray_runner.takes(stage):
            submit = partial(ray_runner.reproduce_on_ray.submit, to=self.cluster)
        return submit(  # type: ignore[no-any-return]
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
        """How each stage ended: ran, skipped, restored, failed, cancelled or not run."""
        words = {SKIPPED: "skipped", RESTORED: "restored", NOT_RUN: "not run", CANCELLED: "cancelled"}
        return {name: words.get(state.name or "", "ran" if state.is_completed() else "failed")
                for name, state in self.ended.items()}

    def reasons(self) -> dict[str, str]:
        """Why the stages that failed did."""
        return {name: self.ended[name].message or "" for name in self._names("failed")}

    def state(self) -> State[Any]:
        """Failed if a stage failed, though the others went on and the report was written."""
        failed, not_run = (self._names(outcome) for outcome in ("failed", "not run"))
        if not failed:
            return Completed(message=f"{len(self.ended)} stages are up to date")
        reasons = "".join(f"\n  {run_name(name)}: {reason}" for name, reason in self.reasons().items())
        left = f"\nNot run because of that: {', '.join(map(run_name, not_run))}." if not_run else ""
        return Failed(message=f"{len(failed)} of {len(self.ended)} stages failed:{reasons}{left}\nThe others are up to "
                              "date. Repair and run again; only what is left runs.")

    def _names(self, outcome: str) -> list[str]:
        outcomes = self.outcomes()      # not of every stage, if the run was cancelled
        return [stage.name for stage in self.pipeline if outcomes.get(stage.name) == outcome]
