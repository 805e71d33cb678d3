import json

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import BINS, TEMPERATURES, calibration, fitted_temperature, tempered


def sure(confidence: list[float], emotion_pred: int = 3) -> np.ndarray:
    """Probabilities that give one emotion so much and share out the rest."""
    rest = (1 - np.array(confidence)) / 6
    probabilities = np.repeat(rest[:, None], 7, axis=1)
    probabilities[:, emotion_pred] = confidence
    return probabilities


def well_calibrated(faces: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and emotions drawn by them."""
    random = np.random.default_rng(seed)
    probabilities = softmax(random.normal(0, 2, (faces, 7)), axis=1)
    return (random.random((faces, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(0, 6), probabilities


def test_figures_of_four_faces_are_those_counted_by_hand():
    found = calibration(np.array([3, 0, 3, 3]), sure([0.61, 0.65, 0.95, 1.0]))
    assert found["expected_calibration_error"] == pytest.approx((2 * 0.13 + 2 * 0.025) / 4, abs=1e-6)
    filled = [one for one in found["bins"] if one["faces"]]
    assert filled == [
        {"low": 0.6, "high": 0.666667, "confidence": 0.63, "accuracy": 0.5, "faces": 2},
        {"low": 0.933333, "high": 1, "confidence": 0.975, "accuracy": 1, "faces": 2}]
    wrong = 0.65**2 + (1 - 0.35 / 6) ** 2 + 5 * (0.35 / 6) ** 2
    right = [(1 - p) ** 2 + 6 * ((1 - p) / 6) ** 2 for p in (0.61, 0.95, 1.0)]
    assert found["brier_score"] == pytest.approx((wrong + sum(right)) / 4, abs=1e-6)


@pytest.mark.parametrize(("strategy", "table"), [("uniform", "bins"), ("quantile", "bins_equal_mass")])
def test_reliability_tables_are_scikit_learns(network, strategy, table):
    true, probabilities = network(600)
    right, confidence = probabilities.argmax(axis=1) == true, probabilities.max(axis=1).astype(float)
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=BINS, strategy=strategy)
    filled = [one for one in calibration(true, probabilities)[table] if one["faces"]]
    assert [one["accuracy"] for one in filled] == pytest.approx(accuracy, abs=1e-6)
    assert [one["confidence"] for one in filled] == pytest.approx(mean_confidence, abs=1e-6)


def test_brier_score_is_scikit_learns(network):
    true, probabilities = network(300)
    wide = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=float)
    expected = brier_score_loss(true, wide, labels=range(7), scale_by_half=False)
    assert calibration(true, probabilities)["brier_score"] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("seed", range(5))
def test_every_face_is_in_one_bin_and_the_bins_give_back_the_accuracy(network, seed):
    true, probabilities = network(200, seed=seed)
    found, right = calibration(true, probabilities), (probabilities.argmax(axis=1) == true).sum()
    for table in (found["bins"], found["bins_equal_mass"]):
        assert len(table) == BINS
        assert sum(one["faces"] for one in table) == 200
        assert sum(one["faces"] * (one["accuracy"] or 0) for one in table) == pytest.approx(right, abs=1e-3)


def test_bins_of_equal_mass_hold_as_many_faces_each(network):
    assert {one["faces"] for one in calibration(*network(600))["bins_equal_mass"]} <= {39, 40, 41}


def test_faces_of_one_confidence_share_a_bin_and_empty_bins_have_no_figures():
    found = calibration(np.arange(7), np.full((7, 7), 1 / 7))
    assert found["expected_calibration_error"] == found["expected_calibration_error_equal_mass"] == 0
    assert found["brier_score"] == pytest.approx(6 / 7, abs=1e-6)
    assert [one["faces"] for one in found["bins_equal_mass"]] == [7] + 14 * [0]
    assert found["bins"][0]["accuracy"] is None
    assert "NaN" not in json.dumps(found, allow_nan=False)


def test_a_network_that_is_always_right_and_sure_is_calibrated():
    found = calibration(np.arange(7), np.eye(7))
    assert (found["expected_calibration_error"], found["brier_score"]) == (0, 0)


def test_a_network_that_is_always_wrong_and_sure_has_the_worst_errors():
    found = calibration(np.arange(7), np.roll(np.eye(7), 1, axis=1))
    assert found["expected_calibration_error"] == 1
    assert found["brier_score"] == pytest.approx(2, abs=1e-5)


def test_a_well_calibrated_network_has_a_small_error_and_temperature_1():
    true, probabilities = well_calibrated(40_000)
    assert calibration(true, probabilities)["expected_calibration_error"] < 0.01
    assert fitted_temperature(true, probabilities) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("factor", [0.4, 0.8, 1.7, 3.0])
def test_the_temperature_found_undoes_the_one_applied(factor):
    true, probabilities = well_calibrated(2000)
    own = fitted_temperature(true, probabilities)
    assert fitted_temperature(true, tempered(probabilities, factor)) == pytest.approx(own / factor, abs=2e-4)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_temperature_has_a_smaller_log_loss(network, seed):
    true, probabilities = network(150, seed=seed, skill=1 + seed / 2)
    best = fitted_temperature(true, probabilities)
    losses = [log_loss(true, tempered(probabilities, best * factor), labels=range(7))
              for factor in (1, 0.9, 1.1, 1 / best)]
    assert losses[0] <= min(losses) + 1e-8


def test_tempering_probabilities_is_dividing_logits():
    logits = np.random.default_rng(2).normal(0, 5, (100, 7))
    for temperature in (0.5, 1, 2.3):
        np.testing.assert_allclose(
            tempered(softmax(logits, axis=1), temperature), softmax(logits / temperature, axis=1), rtol=1e-10)


def test_tempering_keeps_order_and_sum(network):
    _, probabilities = network(100)
    found = tempered(probabilities, 2.5)
    np.testing.assert_array_equal(found.argsort(axis=1, kind="stable"), probabilities.argsort(axis=1, kind="stable"))
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_probabilities_of_0_are_tempered_too():
    found = tempered(np.eye(7, dtype=np.float32), 20)
    assert np.isfinite(found).all()
    assert found.argmax(axis=1).tolist() == list(range(7))


def test_a_temperature_beyond_the_bounds_is_the_bound():
    assert fitted_temperature(np.arange(7), sure([0.5] * 7, 3)[[0] * 7]) == pytest.approx(TEMPERATURES[1])
    right = np.full((7, 7), 0.05) + 0.65 * np.eye(7)
    assert fitted_temperature(np.arange(7), right) == pytest.approx(TEMPERATURES[0])


@pytest.mark.parametrize("temperature", [0, -1, np.inf, np.nan])
def test_temperatures_that_are_none_are_refused(temperature):
    with pytest.raises(InputError, match="expected a number above 0"):
        tempered(np.eye(7), temperature)


def test_the_order_of_the_faces_does_not_matter(network):
    true, probabilities = network(300)
    order = np.random.default_rng(3).permutation(300)
    assert calibration(true, probabilities) == calibration(true[order], probabilities[order])
    assert fitted_temperature(true, probabilities) == fitted_temperature(true[order], probabilities[order])
