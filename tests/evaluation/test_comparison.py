import json

import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.comparison import compare
from fer_pipeline.evaluation.intervals import paired_intervals
from fer_pipeline.evaluation.paired_tests import Agreement, cochran_q, holm, mcnemar, newcombe_interval
from fer_pipeline.evaluation.resampling import resampled_scores, resampling_weights


def networks(faces: int, levels: dict[str, float], seed: int = 0) -> dict[str, np.ndarray]:
    """Which faces each has right: the higher its level, the more."""
    random = np.random.default_rng(seed)
    hard = random.normal(0, 1, faces)
    return {name: hard + random.normal(0, 0.5, faces) < level for name, level in levels.items()}


def pair_of(found, one: str, other: str) -> dict:
    return next(pair for pair in found["pairs"] if (pair["one"], pair["other"]) == (one, other))


def test_a_pair_of_ten_faces_is_that_counted_by_hand():
    found = compare({"b": np.arange(10) < 2, "a": np.arange(10) < 9})
    low, high = newcombe_interval(Agreement(2, 7, 0, 1))
    assert found["networks"] == ["a", "b"]
    assert found["pairs"] == [pytest.approx({
        "one": "a", "other": "b", "difference": 0.7, "low": low, "high": high, "only_one": 7, "only_other": 0,
        "p": 1 / 2**7, "corrected_p": 1 / 2**7, "real": True}, abs=1e-6)]
    assert found["best"] == ["a"]
    assert found["overall"] == {"statistic": 7, "degrees_of_freedom": 1, "p": 0.008151, "real": True}


def test_every_pair_is_there_and_corrected_for_all_of_them():
    right = networks(400, {"a": 0.1, "b": 0.2, "c": 0.4, "d": 0.8})
    found = compare(right)
    assert len(found["pairs"]) == 6
    counts = np.array([(pair["only_one"], pair["only_other"]) for pair in found["pairs"]])
    p = mcnemar(*counts.T).mid_p
    assert [pair["p"] for pair in found["pairs"]] == pytest.approx(p, abs=1e-6)
    assert [pair["corrected_p"] for pair in found["pairs"]] == pytest.approx(holm(p), abs=1e-6)
    assert found["overall"]["statistic"] == round(cochran_q(np.stack(list(right.values()))).statistic, 6)


def test_the_best_are_those_whose_difference_from_the_first_is_not_real():
    found = compare(networks(2000, {"poor": -0.5, "good": 0.80, "as_good": 0.82, "fair": 0.3}))
    assert set(found["networks"][:2]) == set(found["best"]) == {"good", "as_good"}
    assert not pair_of(found, *found["best"])["real"]
    assert pair_of(found, found["best"][0], "fair")["real"]


def test_a_network_that_another_beats_is_among_the_best_while_the_first_does_not_beat_it():
    faces = np.arange(400)
    found = compare({"a": (faces >= 100) & (faces < 311), "b": faces < 210, "c": faces < 200})
    assert [pair["real"] for pair in found["pairs"]] == [False, False, True]
    assert found["best"] == ["a", "b", "c"]


def test_a_network_is_no_better_than_itself():
    right = networks(50, {"a": 0.3})["a"]
    found = compare({"a": right, "copy": right.copy()})
    pair = found["pairs"][0]
    assert (pair["difference"], pair["p"], pair["real"]) == (0, 1, False)
    assert found["best"] == ["a", "copy"]
    assert not found["overall"]["real"]


def test_one_network_is_the_best_and_has_nobody_to_compare_with():
    found = compare({"a": np.array([True, False])})
    assert found == {"networks": ["a"], "faces": 2, "overall": None, "pairs": [], "best": ["a"]}


def test_networks_of_equal_accuracy_stand_by_name():
    found = compare({"b": np.array([True, False]), "a": np.array([False, True])})
    assert found["networks"] == ["a", "b"]


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_the_faces_nor_that_of_the_networks_matters(seed):
    right = networks(300, {"a": 0.1, "b": 0.3, "c": 0.35}, seed)
    order = np.random.default_rng(seed).permutation(300)
    assert compare(right) == compare({name: right[name][order] for name in reversed(right)})


@pytest.mark.parametrize("seed", range(3))
def test_differences_are_never_below_0_and_lie_within_their_intervals(seed):
    for pair in compare(networks(200, {"a": 0.1, "b": 0.3, "c": 0.35, "d": 2}, seed))["pairs"]:
        assert pair["difference"] >= 0
        assert pair["low"] < pair["difference"] < pair["high"]
        assert pair["corrected_p"] >= pair["p"]


def test_equal_networks_are_all_the_best_in_95_of_100():
    alike = [len(compare(networks(300, dict.fromkeys("abcd", 0.3), seed))["best"]) == 4 for seed in range(100)]
    assert np.mean(alike) >= 0.93


def test_newcombes_interval_is_about_the_paired_bootstraps(network):
    weights = resampling_weights(500, replicates=1000, seed=1)
    one, other = (network(500, seed=seed, skill=skill) for seed, skill in ((1, 2.4), (2, 1.8)))
    bootstrap = paired_intervals(*(resampled_scores(*each, weights) for each in (one, other)))["accuracy"]
    pair = compare({name: said.argmax(axis=1) == true for name, (true, said) in (("a", one), ("b", other))})["pairs"][0]
    assert pair["difference"] == bootstrap["figure"]
    assert (pair["low"], pair["high"]) == pytest.approx((bootstrap["low"], bootstrap["high"]), abs=0.01)


def test_a_comparison_is_json():
    json.dumps(compare(networks(100, {"a": 0.1, "b": 0.3, "c": 0.4})), allow_nan=False)


@pytest.mark.parametrize("right", [
    {}, {"a": np.empty(0, bool)}, {"a": np.ones(3, bool), "b": np.ones(4, bool)}, {"a": np.ones(3, int)}])
def test_networks_of_other_faces_are_refused(right):
    with pytest.raises(InputError, match="expected one network at least and"):
        compare(right)
