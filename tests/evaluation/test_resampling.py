import numpy as np
import pytest
from sklearn import metrics

from fer_pipeline.evaluation.calibration import calibration
from fer_pipeline.evaluation.resampling import resampled_rates, resampled_scores, resampling_weights
from fer_pipeline.evaluation.scores import scores


def test_each_resample_draws_as_many_faces_and_the_first_is_the_faces_themselves():
    weights = resampling_weights(50, replicates=20, seed=1)
    assert weights.shape == (21, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert (weights[0] == 1).all()


def test_a_face_is_left_out_of_a_resample_as_often_as_drawing_with_replacement_leaves_it_out():
    weights = resampling_weights(100, replicates=2000, seed=2)[1:]
    assert np.mean(weights == 0) == pytest.approx(0.99**100, abs=0.005)
    assert weights.var() == pytest.approx(0.99, abs=0.02)


def test_a_seed_gives_the_same_resamples_and_another_gives_others():
    one, same, other = (resampling_weights(30, replicates=5, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("absent", [(), (1,), (0, 2, 6)])
def test_scores_of_the_faces_themselves_are_those_of_scores_and_calibration(network, absent):
    true, probabilities = network(300, absent=absent)
    found = resampled_scores(true, probabilities, np.ones((1, 300), int))
    expected = scores(true, probabilities) | calibration(true, probabilities)
    assert {name: values[0] for name, values in found.items()} == pytest.approx(
        {name: expected[name] for name in found}, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_scores_of_a_resample_are_those_of_its_faces_one_by_one(network, seed):
    true, probabilities = network(60, seed=seed)
    probabilities = probabilities.round(1)                              # many ties
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weights = resampling_weights(60, replicates=5, seed=seed)
    found = resampled_scores(true, probabilities, weights)
    for replicate, counts in enumerate(weights):
        drawn = np.repeat(np.arange(60), counts)
        expected = scores(true[drawn], probabilities[drawn]) | calibration(true[drawn], probabilities[drawn])
        assert {name: values[replicate] for name, values in found.items()} == pytest.approx(
            {name: expected[name] for name in found}, abs=1e-6)


def test_weighted_areas_are_scikit_learns(network):
    true, probabilities = network(200, absent=(0, 1, 2, 4, 5))
    weights = resampling_weights(200, replicates=3, seed=4)
    found = resampled_scores(true, probabilities, weights)["macro_roc_area"]
    for replicate, weight in enumerate(weights):
        expected = [metrics.roc_auc_score(true == emotion, probabilities[:, emotion], sample_weight=weight)
                    for emotion in (3, 6)]
        assert found[replicate] == pytest.approx(np.mean(expected))


def test_more_resamples_than_a_block_come_back_in_order(network):
    true, probabilities = network(40)
    weights = resampling_weights(40, replicates=250, seed=5)
    found = resampled_scores(true, probabilities, weights)
    alone = resampled_scores(true, probabilities, weights[[240]])
    assert all(len(values) == 251 for values in found.values())
    assert {name: values[240] for name, values in found.items()} == pytest.approx(
        {name: values[0] for name, values in alone.items()})


def test_what_a_resample_does_not_have_is_nan():
    found = resampled_scores(np.array([3, 3]), np.eye(7)[[3, 3]], np.ones((1, 2), int))
    assert np.isnan(found["cohen_kappa"][0])
    assert np.isnan(found["macro_roc_area"][0])
    assert found["macro_average_precision"][0] == 1


def test_rates_of_each_emotion_start_with_the_faces_themselves(network):
    true, said = network(200, absent=(1,))
    rates = resampled_rates(true, said, resampling_weights(200, replicates=150, seed=3))
    found = scores(true, said)["emotions"]
    for name in ("precision", "recall"):
        expected = np.array([one[name] for one in found], float)
        np.testing.assert_allclose(rates[name][0], expected, atol=1e-6)
    assert np.isnan(rates["recall"][:, 1]).all()
    assert rates["f1"].shape == (151, 7)
    assert np.nanstd(rates["f1"][1:, 3]) > 0
