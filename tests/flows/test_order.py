"""Longest first: what is expected to take how long, and the order that follows; no stage runs here."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

import fer_pipeline
from fer_pipeline.params import load_params
from fer_pipeline.runtime import run_log
from flows.running import order
from flows.running.order import Order, estimated, last_seconds, remaining
from flows.running.pipeline import Stage


def stage(name: str, *needs: str) -> Stage:
    return Stage(name, frozenset(needs), frozenset())


def trainings(*names: str) -> list[Stage]:
    """`prepare`, then so many trainings with an evaluation each, then `report`."""
    trained = [stage(f"train@{name}", "prepare") for name in names]
    evaluated = [stage(f"evaluate@{name}", f"train@{name}") for name in names]
    return [stage("prepare"), *trained, *evaluated, stage("report", *(one.name for one in evaluated))]


def log(seconds: dict[str, float], **more: object) -> None:
    for name, taken in seconds.items():
        run_log.append(run_log.stages_log(), {"stage": name, "succeeded": True, "seconds": taken} | more)


def started(pipeline: Sequence[Stage], asked: Order, free: int) -> list[str]:
    ready = [one for one in pipeline if one.name.startswith("train@")]
    return [one.name for one in asked.longest_first(ready, free)]


pytestmark = pytest.mark.usefixtures("checkout")    # own run log and params.yaml


@pytest.fixture(autouse=True)
def _this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations are counted by the package that is tested."""
    monkeypatch.setenv("PYTHONPATH", str(Path(fer_pipeline.__file__).parents[1]))


def test_work_that_remains_is_that_of_the_longest_way_to_the_end():
    rest = remaining(trainings("a", "b"), {"train@a": 5, "evaluate@a": 9, "train@b": 10, "evaluate@b": 1, "report": 2})
    assert rest == {"prepare": 16, "train@a": 16, "train@b": 13, "evaluate@a": 11, "evaluate@b": 3, "report": 2}


def test_the_longest_of_last_time_starts_first():
    pipeline = trainings("short", "long", "middle")
    log({"train@short": 10, "train@long": 99, "train@middle": 50})
    log({"train@long": 1}, succeeded=False)
    asked = Order(pipeline, [one.name for one in pipeline], slots=2)
    assert started(pipeline, asked, free=2) == ["train@long", "train@middle"]
    assert started(pipeline, asked, free=0) == []


def test_fresh_stages_come_before_all_for_they_have_nothing_to_do():
    pipeline = trainings("long", "fresh", "longer")
    log({"train@fresh": 50, "train@long": 10, "train@longer": 20})
    asked = Order(pipeline, ["train@long", "train@longer"], slots=1)
    assert started(pipeline, asked, free=2) == ["train@fresh", "train@longer"]


def test_a_training_that_was_resumed_took_as_long_as_all_its_parts():
    assert last_seconds([{"stage": "train@a", "succeeded": True, "seconds": 3.0, "training_seconds": 60.0}]) == {
        "train@a": 60.0}


def test_trainings_that_never_ran_are_ordered_by_their_operations(params):
    assert load_params() == params
    pipeline = trainings(*params.entries)
    asked = Order(pipeline, [one.name for one in pipeline], slots=1)
    assert started(pipeline, asked, free=3) == ["train@three_block_cnn", "train@four_conv_cnn", "train@lenet5"]


def test_a_training_that_never_ran_is_expected_at_the_rate_of_the_others():
    pipeline = trainings("measured", "new", "unknown")
    names = [one.name for one in pipeline]
    efforts_ = {"measured": 1e9, "new": 3e9}
    assert estimated(names, efforts_, {"train@measured": 20.0})["train@new"] == pytest.approx(60.0)
    assert estimated(names, efforts_, {})["train@new"] == pytest.approx(3e9 / order.OPERATIONS_A_SECOND)


def test_where_operations_cannot_be_counted_the_flow_goes_on_in_pipeline_order(params, monkeypatch):
    monkeypatch.setattr(order, "MOST_SECONDS", 0.0)
    pipeline = trainings(*params.architectures)
    log({"train@four_conv_cnn": 10})
    asked = Order(pipeline, [one.name for one in pipeline], slots=1)
    assert started(pipeline, asked, free=2) == ["train@four_conv_cnn", "train@lenet5"]


def test_nothing_is_counted_where_it_cannot_help(params):
    few, unheard_of = trainings(*params.architectures), trainings("a", "b", "c")
    for pipeline, slots in ((few, len(params.architectures)), (unheard_of, 1)):
        assert Order(pipeline, [one.name for one in pipeline], slots)._count is None


def test_longest_first_is_within_a_third_of_the_best_there_is():
    """Graham's bound, 4/3 - 1/(3 m) times the best, by trying every assignment of seven trainings to two slots."""
    seconds = {f"train@{index}": float(taken) for index, taken in enumerate((3, 14, 7, 7, 26, 5, 11))}
    log(seconds)
    pipeline = [stage(name) for name in seconds]
    asked, ready, slots = Order(pipeline, seconds, slots=2), list(pipeline), [0.0, 0.0]
    while ready:
        (first,) = asked.longest_first(ready, 1)
        ready.remove(first)
        slots[slots.index(min(slots))] += seconds[first.name]
    best = min(max(sum(taken for taken, slot in zip(seconds.values(), chosen, strict=True) if slot == which)
                   for which in (0, 1)) for chosen in itertools.product((0, 1), repeat=len(seconds)))
    assert max(slots) <= best * (4 / 3 - 1 / 6)
