from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fer_pipeline.drift.gates import LOOKED_INTO, DataFacts, Gate, UsageFacts, gates, refusal
from fer_pipeline.labels import Usage
from fer_pipeline.params import DriftParams

LIMITS = DriftParams(max_faces_change=0.25, max_emotion_index=0.1, max_grey_level_index=0.25, max_contrast_index=0.25,
                     max_more_copies=0.05, max_more_unreadable=0.01)
FACES = 4000


def facts() -> DataFacts:
    """Of data with as many faces of each emotion."""
    generator = np.random.default_rng(2)
    usage = UsageFacts(np.arange(FACES) % 7, generator.normal(128, 20, FACES), generator.normal(60, 9, FACES), 0.03)
    return DataFacts(dict.fromkeys(Usage, FACES), dict.fromkeys(LOOKED_INTO, usage), 0.001)


def of_training(**changes: object) -> Callable[[DataFacts], DataFacts]:
    def change(before: DataFacts) -> DataFacts:
        return replace(before, usages={**before.usages, Usage.TRAINING: replace(
            before.usages[Usage.TRAINING], **changes)})     # type: ignore[arg-type]
    return change


def broken(now: DataFacts, limits: DriftParams = LIMITS) -> list[Gate]:
    return [gate for gate in gates(facts(), now, limits) if gate.broken]


def test_the_same_data_break_nothing():
    assert broken(facts()) == []


@pytest.mark.parametrize(("change", "name", "parameter"), [
    (lambda now: replace(now, faces={**now.faces, Usage.PRIVATE_TEST: 5001}),
     "PrivateTest: change of the number of faces", "max_faces_change"),
    (lambda now: replace(now, faces={**now.faces, Usage.TRAINING: 2999}),
     "Training: change of the number of faces", "max_faces_change"),
    (of_training(emotion=np.arange(FACES) % 6), "Training: stability index of the emotions", "max_emotion_index"),
    (of_training(grey_level=np.random.default_rng(3).normal(100, 20, FACES)),
     "Training: stability index of the faces' grey level", "max_grey_level_index"),
    (of_training(contrast=np.random.default_rng(3).normal(60, 30, FACES)),
     "Training: stability index of the faces' contrast", "max_contrast_index"),
    (of_training(copies=0.09), "Training: share of copies, more than before", "max_more_copies"),
    (lambda now: replace(now, unreadable=0.02), "share of unreadable rows, more than before", "max_more_unreadable"),
])
def test_each_drift_breaks_its_gate_alone_and_says_value_limit_and_repair(change, name: str, parameter: str):
    (gate,) = broken(change(facts()))
    assert (gate.name, gate.parameter) == (name, parameter)
    said, limit = refusal([gate]), getattr(LIMITS, parameter)
    assert f"  {name}: {gate.value:.3g}, and drift.{parameter} allows {limit:.3g}; released: " in said
    assert "raise the limit under 'drift' in params.yaml (null: any)" in said


def test_fewer_copies_and_unreadable_rows_are_no_drift():
    assert broken(of_training(copies=0.0)(replace(facts(), unreadable=0.0))) == []


def test_a_limit_of_null_allows_anything():
    no_limits = DriftParams(**dict.fromkeys(DriftParams.model_fields))      # type: ignore[arg-type]
    assert broken(of_training(copies=1.0, emotion=np.zeros(FACES, int))(facts()), no_limits) == []


def test_few_faces_break_no_gate_by_chance():
    generator = np.random.default_rng(5)
    few = DataFacts(dict.fromkeys(Usage, 30), {usage: UsageFacts(
        generator.integers(0, 7, 30), generator.normal(128, 20, 30), generator.normal(60, 9, 30), 0.03)
        for usage in LOOKED_INTO}, 0.001)
    looked = gates(few, replace(few, usages={usage: replace(one, emotion=generator.integers(0, 7, 30))
                                             for usage, one in few.usages.items()}), LIMITS)
    assert max(gate.value for gate in looked) > 0.1
    assert not any(gate.broken for gate in looked)


def test_the_judging_usage_is_counted_and_not_looked_into():
    names = [gate.name for gate in gates(facts(), facts(), LIMITS) if Usage.PRIVATE_TEST in gate.name]
    assert names == ["PrivateTest: change of the number of faces"]
