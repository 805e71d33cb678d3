import numpy as np
import pytest

from fer_pipeline.reporting.results import JUDGED, Outcome, Score
from fer_pipeline.reporting.seeds import seed_groups

RECIPE = {"architecture": "lenet5", "recipe": "plain", "epochs": 20}


def outcome(name: str, accuracy: float) -> Outcome:
    score = Score(accuracy, accuracy - 0.1, accuracy + 0.1, accuracy / 2, 300)
    return Outcome(name, scores=dict.fromkeys((key for key, _, _ in JUDGED), score), made_of="lenet5, plain")


def test_entries_that_differ_in_the_seed_alone_are_one_group():
    accuracies = {"one": 0.6, "two": 0.64, "three": 0.65}
    recipes = {name: {**RECIPE, "seed": seed} for seed, name in enumerate(accuracies)}
    (group,) = seed_groups([outcome(*one) for one in accuracies.items()], recipes)
    assert group.names == ["one", "two", "three"]
    found = group.accuracy["PrivateTest"]
    assert found["mean"] == pytest.approx(np.mean(list(accuracies.values())))
    assert found["standard_deviation"] == pytest.approx(np.std(list(accuracies.values()), ddof=1), abs=1e-6)
    assert group.macro_f1["PublicTest"]["mean"] == pytest.approx(0.315)


def test_other_recipes_and_single_ones_are_in_no_group():
    recipes = {"a": {**RECIPE, "seed": 1}, "b": {**RECIPE, "seed": 1, "epochs": 30}, "c": {**RECIPE, "recipe": "ours"}}
    assert seed_groups([outcome(name, 0.5) for name in recipes], recipes) == []
