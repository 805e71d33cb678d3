import numpy as np
import pytest

from fer_pipeline.drift.stability import BINS, binned, chance_index, stability_index


def test_equal_shares_give_nothing_whatever_the_numbers():
    assert stability_index(np.array([10, 20, 30]), np.array([10, 20, 30])) == 0
    assert stability_index(np.array([1000, 2000]), np.array([100_000, 200_000])) == pytest.approx(0, abs=1e-6)


def test_the_index_is_the_published_sum():
    before, now = np.array([500_000, 500_000]), np.array([600_000, 400_000])
    expected = (0.6 - 0.5) * np.log(0.6 / 0.5) + (0.4 - 0.5) * np.log(0.4 / 0.5)
    assert stability_index(before, now) == pytest.approx(expected, abs=1e-6)
    assert stability_index(now, before) == pytest.approx(stability_index(before, now))


def test_an_empty_bin_gives_no_infinity():
    assert 0.25 < stability_index(np.array([10, 0]), np.array([5, 5])) < 10


def test_samples_of_one_population_exceed_what_chance_gives_in_one_of_a_thousand():
    generator = np.random.default_rng(3)
    shares = np.array([0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
    pairs = [(generator.multinomial(3000, shares), generator.multinomial(400, shares)) for _ in range(3000)]
    beyond = np.mean([stability_index(*pair) > chance_index(*pair) for pair in pairs])
    assert beyond < 0.004


def test_bins_are_tenths_of_the_first_sample():
    before = np.random.default_rng(1).normal(120, 20, 1000)
    one, other = binned(before, before + 1000)
    assert one.tolist() == [100] * BINS
    assert other.tolist() == [0] * (BINS - 1) + [1000]


def test_equal_values_share_a_bin():
    one, other = binned(np.full(50, 7.0), np.array([7.0, 8.0, 6.0]))
    assert one.sum() == 50
    assert other.sum() == 3
    assert len(one) == len(other) == 2
