"""How sure a figure is: intervals over the faces it was measured on, and its spread over trainings.

The first says what other faces of the same kind would give for the same network; the second what another seed would
give on the same faces. Neither holds the other.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from scipy.stats import t

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import CONFIDENCE
from fer_pipeline.evaluation.rounding import rounded, rounded_or_none

TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


class Interval(TypedDict):
    """A figure and the ends of its 95 % interval, in the figure's unit, rounded to six digits; None where undefined."""

    figure: float | None
    low: float | None
    high: float | None


class Spread(TypedDict):
    """A figure over trainings that differ in the seed alone, rounded to six digits.

    Attributes:
        runs: How many trainings.
        mean: In the figure's unit.
        standard_deviation: Of one training, with `runs - 1` degrees of freedom; None for one run.
        low: Lower end of the 95 % interval of the mean; None for one run.
        high: Upper end.
    """

    runs: int
    mean: float
    standard_deviation: float | None
    low: float | None
    high: float | None


def bootstrap_intervals(resampled: Mapping[str, np.ndarray]) -> dict[str, Interval]:
    """Percentile intervals of every score of one network.

    Args:
        resampled: As `fer_pipeline.evaluation.resampling.resampled_scores` returns them.

    Returns:
        By the name of the score. Resamples in which a score is undefined are left out of its interval.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7; Efron and Tibshirani
    1993, "An Introduction to the Bootstrap", chapter 13.
    """
    return {name: _interval(values) for name, values in resampled.items()}


def paired_intervals(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> dict[str, Interval]:
    """Percentile intervals of the difference of every score, one minus other, of two networks on the same faces.

    Each resample holds the same faces for both, so that faces that are hard for both do not blur the difference.

    Args:
        one: As `fer_pipeline.evaluation.resampling.resampled_scores` returns them.
        other: The same of the other network, from the same weights.

    Raises:
        InputError: They are of unlike scores or numbers of resamples.
    """
    sizes = [{name: len(values) for name, values in network.items()} for network in (one, other)]
    if sizes[0] != sizes[1]:
        raise InputError(f"Received resamples {sizes[0]} of one network and {sizes[1]} of the other; expected the "
                         "same. Compute both from the same weights.")
    return {name: _interval(values - other[name]) for name, values in one.items()}


def spread(figures: Sequence[float]) -> Spread:
    """Mean and standard deviation over trainings, and Student's interval of the mean, which is wide for few.

    Args:
        figures: One a training, in any unit; one at least.

    Raises:
        InputError: There is none, or one is no finite number.

    Source: Student 1908, "The probable error of a mean", Biometrika 6.
    """
    if not len(figures) or not np.isfinite(figures).all():
        raise InputError(f"Received the figures {list(figures)}; expected one finite number a training, one at least. "
                         "Leave out trainings that failed.")
    runs, mean = len(figures), float(np.mean(figures))
    deviation = float(np.std(figures, ddof=1)) if runs > 1 else None
    half = None if deviation is None else t.ppf(TAILS[1], runs - 1) * deviation / np.sqrt(runs)
    return {"runs": runs, "mean": rounded(mean), "standard_deviation": rounded_or_none(deviation),
            "low": None if half is None else rounded(mean - half),
            "high": None if half is None else rounded(mean + half)}


def _interval(values: np.ndarray) -> Interval:
    """From the figure itself, which stands first, and its resamples."""
    defined = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(defined, TAILS) if len(defined) else (None, None)
    return {"figure": rounded_or_none(values[0]), "low": rounded_or_none(low), "high": rounded_or_none(high)}
