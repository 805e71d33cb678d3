import json

import numpy as np
import pytest
from scipy.stats import bootstrap, ttest_1samp

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.intervals import bootstrap_intervals, paired_intervals, spread
from fer_pipeline.evaluation.metrics import wilson_interval
from fer_pipeline.evaluation.resampling import resampled_scores, resampling_weights
from fer_pipeline.evaluation.scores import scores


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return resampling_weights(500, replicates=1000, seed=1)


def test_ends_are_the_quantiles_of_the_resamples_and_the_figure_is_the_first():
    found = bootstrap_intervals({"accuracy": np.array([0.3, *np.linspace(0, 1, 1001)])})
    assert found == {"accuracy": {"figure": 0.3, "low": 0.025, "high": 0.975}}


def test_an_interval_of_accuracy_is_about_wilsons(network, weights):
    true, probabilities = network(500)
    found = bootstrap_intervals(resampled_scores(true, probabilities, weights))["accuracy"]
    expected = wilson_interval(int((probabilities.argmax(axis=1) == true).sum()), 500)
    assert (found["low"], found["high"]) == pytest.approx(expected, abs=0.008)


def test_an_interval_of_a_mean_is_about_scipys(network, weights):
    true, probabilities = network(500)
    losses = -np.log(probabilities[np.arange(500), true])
    expected = bootstrap((losses,), np.mean, n_resamples=2000, method="percentile", rng=1).confidence_interval
    found = bootstrap_intervals(resampled_scores(true, probabilities, weights))["log_loss"]
    assert (found["low"], found["high"]) == pytest.approx(tuple(expected), abs=0.02)


def test_figures_are_those_of_scores_and_lie_within_their_intervals(network, weights):
    true, probabilities = network(500)
    found, expected = bootstrap_intervals(resampled_scores(true, probabilities, weights)), scores(true, probabilities)
    for name in set(found) & set(expected):
        assert found[name]["figure"] == pytest.approx(expected[name], abs=1.1e-6)
        assert found[name]["low"] < found[name]["figure"] < found[name]["high"]


def test_a_network_differs_from_itself_by_nothing(network, weights):
    resampled = resampled_scores(*network(500), weights)
    assert all(one == {"figure": 0, "low": 0, "high": 0} for one in paired_intervals(resampled, resampled).values())


def test_swapping_the_networks_turns_the_interval_round(network, weights):
    one, other = (resampled_scores(*network(500, seed=seed), weights) for seed in (1, 2))
    there, back = paired_intervals(one, other)["macro_f1"], paired_intervals(other, one)["macro_f1"]
    assert there == pytest.approx({"figure": -back["figure"], "low": -back["high"], "high": -back["low"]}, abs=1e-6)


def test_pairing_narrows_the_interval_of_networks_that_err_alike(network, weights):
    true, probabilities = network(500, seed=1)
    other = probabilities.copy()
    other[:20] = np.roll(other[:20], 1, axis=1)                         # differs in twenty faces
    one, changed = (resampled_scores(true, said, weights) for said in (probabilities, other))
    apart = resampled_scores(true, other, resampling_weights(500, replicates=1000, seed=9))
    paired, unpaired = (paired_intervals(one, two)["accuracy"] for two in (changed, apart))
    assert paired["high"] - paired["low"] < 0.6 * (unpaired["high"] - unpaired["low"])


@pytest.mark.parametrize("level", ["few", "other"])
def test_resamples_that_do_not_pair_are_refused(network, weights, level):
    one = resampled_scores(*network(500), weights)
    other = {name: values[:50] for name, values in one.items()} if level == "few" else {"accuracy": one["accuracy"]}
    with pytest.raises(InputError, match="Compute both from the same weights"):
        paired_intervals(one, other)


def test_an_undefined_score_has_an_interval_of_nulls():
    found = bootstrap_intervals({"cohen_kappa": np.full(4, np.nan), "accuracy": np.array([1, 1, np.nan, 1.0])})
    assert found["cohen_kappa"] == {"figure": None, "low": None, "high": None}
    assert found["accuracy"] == {"figure": 1, "low": 1, "high": 1}
    json.dumps(found, allow_nan=False)


def test_spread_of_three_trainings_is_that_counted_by_hand():
    found = spread([0.60, 0.62, 0.64])
    half = 4.302653 * 0.02 / 3**0.5                                     # Student's t, two degrees of freedom
    assert found == pytest.approx({"runs": 3, "mean": 0.62, "standard_deviation": 0.02, "low": 0.62 - half,
                                   "high": 0.62 + half}, abs=1.1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_spread_is_scipys_interval(seed):
    figures = np.random.default_rng(seed).normal(0.6, 0.01, 2 + seed)
    expected = ttest_1samp(figures, 0).confidence_interval(0.95)
    found = spread(figures.tolist())
    assert (found["low"], found["high"]) == pytest.approx(tuple(expected), abs=1.1e-6)


def test_one_training_has_a_mean_and_no_spread():
    assert spread([0.6]) == {"runs": 1, "mean": 0.6, "standard_deviation": None, "low": None, "high": None}


@pytest.mark.parametrize("figures", [[], [0.6, float("nan")]])
def test_trainings_without_a_figure_are_refused(figures):
    with pytest.raises(InputError, match="expected one finite number a training"):
        spread(figures)
