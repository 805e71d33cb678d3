import numpy as np
import pytest
from scipy.stats import binomtest, chi2

from fer_pipeline.evaluation.metrics import wilson_interval
from fer_pipeline.evaluation.paired_tests import Agreement, agreement, cochran_q, holm, mcnemar, newcombe_interval


def right(networks: int, faces: int, seed: int) -> np.ndarray:
    """Networks that err on the same hard faces, each a little better than the one before."""
    random = np.random.default_rng(seed)
    hard = random.normal(0, 1, faces)
    return hard + random.normal(0, 1, (networks, faces)) < np.linspace(0.2, 0.5, networks)[:, None]


def test_agreement_counts_every_face_once():
    one, other = np.array([1, 1, 1, 0, 0], bool), np.array([1, 0, 0, 1, 0], bool)
    assert agreement(one, other) == Agreement(both=1, only_one=2, only_other=1, neither=1)


@pytest.mark.parametrize(("only_one", "only_other", "exact_p", "mid_p"), [
    (1, 7, 0.070313, 0.039063),             # Bentur 2009, in Fagerland 2013
    (6, 16, 0.052479, 0.034690),            # Cavo 2012, in Fagerland 2017
    (12, 2, 0.012939, 0.007385),            # Armitage and Berry 1994
])
def test_mcnemars_p_is_the_published_one(only_one, only_other, exact_p, mid_p):
    found = mcnemar(np.array(only_one), np.array(only_other))
    assert (float(found.exact_p), float(found.mid_p)) == pytest.approx((exact_p, mid_p), abs=1e-6)


def test_mcnemars_exact_p_is_scipys_binomial_test_for_many_pairs_at_once():
    only_one, only_other = np.random.default_rng(1).integers(0, 40, (2, 50))
    expected = [binomtest(int(one), int(one + other)).pvalue for one, other in zip(only_one, only_other, strict=True)]
    assert mcnemar(only_one, only_other).exact_p == pytest.approx(expected)


def test_mcnemars_p_is_the_same_either_way_round_and_mid_p_is_smaller():
    only_one, only_other = np.random.default_rng(2).integers(0, 30, (2, 50))
    there, back = mcnemar(only_one, only_other), mcnemar(only_other, only_one)
    np.testing.assert_array_equal(there, back)
    assert (there.mid_p <= there.exact_p).all()


def test_networks_that_never_differ_or_differ_evenly_have_p_1():
    found = mcnemar(np.array([0, 5]), np.array([0, 5]))
    assert found.exact_p.tolist() == found.mid_p.tolist() == [1, 1]


def test_mid_p_finds_a_difference_between_equal_networks_in_five_of_a_hundred():
    only_one = np.random.default_rng(3).binomial(200, 0.5, 20_000)
    assert np.mean(mcnemar(only_one, 200 - only_one).mid_p < 0.05) == pytest.approx(0.05, abs=0.01)


def test_holm_multiplies_the_smallest_by_all_and_the_next_by_one_less():
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1, 1])
    assert holm(np.array([])).tolist() == []


@pytest.mark.parametrize("seed", range(4))
def test_holm_keeps_the_order_lies_between_no_correction_and_bonferroni_and_follows_the_rows(seed):
    p = np.random.default_rng(seed).random(20) ** 3
    corrected = holm(p)
    assert ((p <= corrected) & (corrected <= np.minimum(20 * p, 1))).all()
    assert (np.diff(corrected[p.argsort()]) >= 0).all()
    order = np.random.default_rng(seed).permutation(20)
    np.testing.assert_array_equal(holm(p[order]), corrected[order])


def test_cochrans_q_of_four_faces_is_that_counted_by_hand():
    answers = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0]], bool)      # right 3, 1, 2; by face 3, 2, 1, 0
    found = cochran_q(answers)
    assert found.statistic == pytest.approx((3 - 1) * (3 * (9 + 1 + 4) - 36) / (3 * 6 - (9 + 4 + 1)))
    assert found.degrees_of_freedom == 2
    assert found.p == pytest.approx(np.exp(-found.statistic / 2))


@pytest.mark.parametrize("seed", range(4))
def test_cochrans_q_of_two_networks_is_mcnemars_chi_squared(seed):
    answers = right(2, 300, seed)
    counted = agreement(*answers)
    expected = (counted.only_one - counted.only_other) ** 2 / (counted.only_one + counted.only_other)
    assert cochran_q(answers).statistic == pytest.approx(expected)
    assert cochran_q(answers).p == pytest.approx(chi2.sf(expected, 1))


def test_cochrans_q_of_networks_that_never_differ_is_0():
    assert cochran_q(np.ones((3, 5), bool)) == (0, 2, 1)


@pytest.mark.parametrize(("counted", "expected"), [
    (Agreement(1, 1, 7, 12), (-0.507, -0.026)),             # Bentur 2009, in Fagerland 2014
    (Agreement(59, 6, 16, 80), (-0.1186, -0.0046)),         # Cavo 2012, in Fagerland 2017
    (Agreement(14, 5, 0, 22), (0.011, 0.226)),              # Altman 2000, table 6.2
])
def test_newcombes_interval_is_the_published_one(counted, expected):
    assert newcombe_interval(counted) == pytest.approx(expected, abs=6e-4)


def test_newcombes_interval_without_correlation_joins_wilsons():
    low, high = newcombe_interval(Agreement(0, 30, 0, 0))
    one_low, _ = wilson_interval(30, 30)
    _, other_high = wilson_interval(0, 30)
    assert low == pytest.approx(1 - np.hypot(1 - one_low, other_high))
    assert high == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_newcombes_interval_turns_round_with_the_networks_and_holds_the_difference(seed):
    counted = agreement(*right(2, 200, seed))
    low, high = newcombe_interval(counted)
    turned = newcombe_interval(Agreement(counted.both, counted.only_other, counted.only_one, counted.neither))
    assert turned == pytest.approx((-high, -low))
    assert low < (counted.only_one - counted.only_other) / 200 < high


def test_newcombes_interval_covers_the_truth_in_95_of_100():
    random, covered = np.random.default_rng(5), 0
    for _ in range(400):
        low, high = newcombe_interval(Agreement(*map(int, random.multinomial(150, [0.5, 0.15, 0.1, 0.25]))))
        covered += low <= 0.05 <= high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)
