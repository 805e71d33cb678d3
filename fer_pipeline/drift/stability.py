"""How unlike two samples of one quantity are."""

import numpy as np
from scipy.stats import chi2

BINS = 10
HALF = 0.5                  # of a face in every bin of both samples, so that an empty bin gives no infinity
CHANCE_LEVEL = 0.001        # of two samples of the same population, what share is taken for unlike ones


def stability_index(before: np.ndarray, now: np.ndarray) -> float:
    """Population stability index of two samples, from their counts by bin.

    The sum over bins of the difference of shares times the difference of their logarithms: 0 for equal shares, without
    an upper end. By a rule of thumb, below 0.1 nothing moved, above 0.25 much did.

    Args:
        before: `(bins,)` counts.
        now: The same bins of the other sample.

    Source: Siddiqi 2006, "Credit Risk Scorecards", for the index and the rule; it is Jeffreys' divergence of 1946.
    """
    shares = [(counts + HALF) / (counts + HALF).sum() for counts in (before, now)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def chance_index(before: np.ndarray, now: np.ndarray) -> float:
    """What the index exceeds in one of a thousand pairs of samples of one population; few faces give more by chance.

    Args:
        before: `(bins,)` counts, more than none.
        now: The same bins of the other sample.

    Source: Yurdakul and Naranjo 2020, "Statistical properties of the population stability index", Journal of Risk
    Model Validation 14: the index over 1/n + 1/m follows chi-squared with one degree of freedom fewer than bins.
    """
    return float((1 / before.sum() + 1 / now.sum()) * chi2.isf(CHANCE_LEVEL, len(before) - 1))


def binned(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts of two samples of a continuous quantity by the tenths of the first, `(bins,)` each.

    Args:
        before: `(faces,)`, one at least.
        now: `(other faces,)`.
    """
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    one, other = (np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) for values in (before, now))
    return one, other
