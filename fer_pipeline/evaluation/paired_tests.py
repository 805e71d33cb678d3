"""Tests of networks on the same faces: what counts are the faces that one has right and another has wrong."""

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, chi2

from fer_pipeline.evaluation.metrics import wilson_interval


class Agreement(NamedTuple):
    """Faces that both networks have right, only the one, only the other, or neither; their sum is all faces."""

    both: int
    only_one: int
    only_other: int
    neither: int


class McNemar(NamedTuple):
    """p-values of the hypothesis that two networks are equally often right."""

    exact_p: np.ndarray
    mid_p: np.ndarray


class CochranQ(NamedTuple):
    """Statistic and p-value of the hypothesis that all networks are equally often right."""

    statistic: float
    degrees_of_freedom: int
    p: float


def agreement(one_right: np.ndarray, other_right: np.ndarray) -> Agreement:
    """Count on which faces two networks are right.

    Args:
        one_right: `(faces,)` bool.
        other_right: The same faces in the same order.
    """
    both, one, other = (int(np.count_nonzero(right)) for right in (one_right & other_right, one_right, other_right))
    return Agreement(both, one - both, other - both, len(one_right) - one - other + both)


def mcnemar(only_one: np.ndarray, only_other: np.ndarray) -> McNemar:
    """McNemar's test, two-sided, from binomial probabilities rather than a chi-squared approximation.

    The exact test errs less often than it claims and so misses differences; the mid-p test counts half of the
    probability of what was observed and holds its level in practice.

    Args:
        only_one: Faces that the one network has right and the other wrong; any shape.
        only_other: The reverse; the same shape.

    Returns:
        Two arrays of that shape, in [0, 1]; 1 where the networks never differ.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12; Fagerland, Lydersen and Laake 2013, doi 10.1186/1471-2288-13-91, for mid-p.
    """
    fewer, differing = np.minimum(only_one, only_other), np.add(only_one, only_other)
    twice = 2 * binom.cdf(fewer, differing, 0.5)
    mid_p = np.where(differing > 0, twice - binom.pmf(fewer, differing, 0.5), 1)
    return McNemar(np.minimum(twice, 1), np.clip(mid_p, 0, 1))


def holm(p: np.ndarray) -> np.ndarray:
    """Correct the p-values of several tests, so that the chance of any false difference stays below the level.

    Args:
        p: `(tests,)` in [0, 1].

    Returns:
        `(tests,)` in [0, 1], none smaller than it was: compare them with the level itself.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return corrected


def cochran_q(right: np.ndarray) -> CochranQ:
    """Cochran's Q test of several networks at once, by the chi-squared distribution.

    Of two networks it is McNemar's chi-squared test without continuity correction.

    Args:
        right: `(networks, faces)` bool, two networks at least.

    Returns:
        Statistic 0 and p 1 where no two networks differ on any face.

    Source: Cochran 1950, "The comparison of percentages in matched samples", Biometrika 37.
    """
    networks, of_network, of_face = len(right), right.sum(axis=1, dtype=float), right.sum(axis=0, dtype=float)
    differing = float((of_face * (networks - of_face)).sum())
    if not differing:
        return CochranQ(0.0, networks - 1, 1.0)
    deviations = float(((of_network - of_network.mean()) ** 2).sum())
    statistic = networks * (networks - 1) * deviations / differing
    return CochranQ(statistic, networks - 1, float(chi2.sf(statistic, networks - 1)))


def newcombe_interval(counted: Agreement) -> tuple[float, float]:
    """95 % interval of the difference of two accuracies on the same faces, one minus other.

    Args:
        counted: Of one face at least.

    Returns:
        Its ends, fractions in [-1, 1].

    Source: Newcombe 1998, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17, 2635-2650, method 10.
    """
    faces, one_right, other_right = sum(counted), counted.both + counted.only_one, counted.both + counted.only_other
    one, other, correlation = one_right / faces, other_right / faces, _correlation(counted)
    one_low, one_high = wilson_interval(one_right, faces)
    other_low, other_high = wilson_interval(other_right, faces)
    return (one - other - _joined(one - one_low, other_high - other, correlation),
            one - other + _joined(one_high - one, other - other_low, correlation))


def _correlation(counted: Agreement) -> float:
    """Phi, a positive one corrected for continuity; 0 where a network is always or never right."""
    both, only_one, only_other, neither = counted
    product = float(both * neither - only_one * only_other)
    if product > 0:
        product = max(product - sum(counted) / 2, 0)
    sides = (both + only_one) * (only_other + neither) * (both + only_other) * (only_one + neither)
    return product / math.sqrt(sides) if sides else 0.0


def _joined(one: float, other: float, correlation: float) -> float:
    """Two distances to the ends of Wilson's intervals, as sides of a triangle."""
    return math.sqrt(max(one**2 - 2 * correlation * one * other + other**2, 0))
