"""What to start first: the stage with the longest work from it to the end of the pipeline, lest it run alone at last.

Seconds are those of the stage's last run here. A training that never ran is expected to take as long as its operations
say, at the rate of those that did.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fer_pipeline.params import load_params
from fer_pipeline.runtime import run_log
from flows.running.pipeline import Stage

TRAININGS = ("train", "train_student")
OPERATIONS_A_SECOND = 1e9       # where nothing was measured: any number, since only the order counts
MOST_SECONDS = 180.0            # to count operations


class Order:
    """Priorities of one run's stages.

    Args:
        pipeline: Stages in pipeline order.
        stale: Stages that will run; what is behind them is expected to.
        slots: Stages at once.
    """

    def __init__(self, pipeline: Sequence[Stage], stale: Iterable[str], slots: int) -> None:
        self._pipeline = pipeline
        self._running = _behind(pipeline, stale)
        self._trainings = _trainings(self._running)
        self._seconds = last_seconds(run_log.read(run_log.stages_log()))
        unknown = self._trainings - self._seconds.keys()
        self._count = _start_count() if unknown and len(self._trainings) > slots else None

    def longest_first(self, ready: list[Stage], free: int) -> list[Stage]:
        """Of the stages that could start, those to start on so many free slots: before all, what has nothing to do."""
        if len(ready) <= free:
            return ready
        self._take_count(wait=any(stage.name in self._trainings for stage in ready))
        seconds = {name: self._seconds.get(name, 0.0) for name in self._running}
        rest = remaining(self._pipeline, seconds)
        return sorted(ready, key=lambda stage: (stage.name in self._running, -rest[stage.name]))[:max(free, 0)]

    def _take_count(self, *, wait: bool) -> None:
        """Take over what is counted; where it cannot be, trainings that never ran here come last, in pipeline order."""
        if self._count is None or (not wait and self._count.poll() is None):
            return
        efforts = _counted(self._count)
        self._count = None
        self._seconds = estimated(self._trainings, efforts, self._seconds) | self._seconds


def _behind(pipeline: Sequence[Stage], stale: Iterable[str]) -> set[str]:
    running = set(stale)
    for stage in pipeline:
        if stage.upstream & running:
            running.add(stage.name)
    return running


def _trainings(stages: Iterable[str]) -> set[str]:
    """Those among the stages that train an entry of params.yaml."""
    entries = load_params().entries
    return {name for name in stages if name.partition("@")[0] in TRAININGS and name.partition("@")[2] in entries}


def last_seconds(records: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Of every stage that ever succeeded the seconds of its last time; of a training that was resumed, of all parts."""
    return {record["stage"]: max(record["seconds"], record.get("training_seconds", 0.0))
            for record in records if record["succeeded"]}


def estimated(
    trainings: Iterable[str], efforts: Mapping[str, float], measured: Mapping[str, float]
) -> dict[str, float]:
    """Seconds of each training by its operations, at the median rate of the trainings that were measured."""
    known = {name: efforts[entry] for name in trainings if (entry := name.partition("@")[2]) in efforts}
    rates = [known[name] / measured[name] for name in known if measured.get(name)]
    rate = statistics.median(rates) if rates else OPERATIONS_A_SECOND
    return {name: effort / rate for name, effort in known.items()}


def remaining(pipeline: Sequence[Stage], seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds from the start of each stage to the end of the pipeline, had every stage behind it a slot at once."""
    rest = dict.fromkeys((stage.name for stage in pipeline), 0.0)
    for stage in reversed(pipeline):
        rest[stage.name] += seconds.get(stage.name, 0.0)
        for name in stage.upstream:
            rest[name] = max(rest[name], rest[stage.name])
    return rest


def _start_count() -> subprocess.Popen[str]:
    """It imports a framework, beside the first stages."""
    return subprocess.Popen([sys.executable, "-m", "fer_pipeline.effort"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def _counted(process: subprocess.Popen[str]) -> dict[str, float]:
    try:
        told, _ = process.communicate(timeout=MOST_SECONDS)
        efforts: dict[str, float] = json.loads(told) if process.returncode == 0 else {}
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return {}
    return efforts
