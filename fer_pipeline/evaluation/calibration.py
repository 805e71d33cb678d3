"""Whether a network is as often right as it is confident, and the temperature that makes it so.

The confidence of a face is the probability of its predicted emotion, between a seventh and 1.
"""

from typing import TypedDict

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import brier_score_loss

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.probabilities import LABELS, floored, require_probabilities
from fer_pipeline.evaluation.rounding import rounded, rounded_or_none

BINS = 15                                               # as Guo et al. 2017
TEMPERATURES = (0.05, 20.0)                             # FER networks need 0.7 to 3
SMALLEST = float(np.finfo(np.float32).tiny)             # what is stored as 0 lies somewhere below it
PRECISION = 1e-7                                        # of the search, in the temperature's logarithm
TEMPERATURE_DIGITS = 4                                  # the same whatever the order of the faces or the sum


class Bin(TypedDict):
    """Faces whose confidence is in (low, high].

    Attributes:
        low: Fraction in [0, 1].
        high: Fraction in [0, 1].
        confidence: Mean confidence; None without faces.
        accuracy: Share of the faces that are right; None without faces.
        faces: How many.
    """

    low: float
    high: float
    confidence: float | None
    accuracy: float | None
    faces: int


class Calibration(TypedDict):
    """Figures of calibration, rounded to six digits; all errors are to be minimised.

    Attributes:
        expected_calibration_error: Mean over faces of the distance between confidence and accuracy of their bin, 15
            bins of equal width over [0, 1]; a fraction, 0 is best.
        expected_calibration_error_equal_mass: The same over 15 bins of about as many faces each.
        brier_score: Mean over faces of the sum of seven squared errors: 0 is best, 0.857 a seventh each, 2 the worst.
        bins: Reliability table, equal width.
        bins_equal_mass: Reliability table, equal mass. Faces of one confidence stay together, so that a bin can be
            empty.
    """

    expected_calibration_error: float
    expected_calibration_error_equal_mass: float
    brier_score: float
    bins: list[Bin]
    bins_equal_mass: list[Bin]


def calibration(emotion_true: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """All figures of calibration.

    The expected calibration error of a perfectly calibrated network is not 0 but grows with bins over faces: compare it
    only between sets of as many faces.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Raises:
        InputError: The arrays are not as described.

    Source: Guo et al. 2017, arXiv 1706.04599, section 2; Nixon et al. 2019, arXiv 1904.01685, for equal mass; Brier
    1950, "Verification of forecasts expressed in terms of probability", for the sum over all emotions.
    """
    require_probabilities(emotion_true, probabilities)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == emotion_true
    width, mass = _table(confidence, right, _equal_width()), _table(confidence, right, _equal_mass(confidence))
    return {
        "expected_calibration_error": _expected_error(width),
        "expected_calibration_error_equal_mass": _expected_error(mass),
        "brier_score": rounded(brier_score_loss(
            emotion_true, floored(probabilities), labels=LABELS, scale_by_half=False)),
        "bins": [_as_figures(one) for one in width],
        "bins_equal_mass": [_as_figures(one) for one in mass],
    }


def fitted_temperature(emotion_true: np.ndarray, probabilities: np.ndarray) -> float:
    """Find the temperature of least log loss; above 1 the network was too sure of itself.

    The log loss is convex in 1 / temperature, so that the one minimum within `TEMPERATURES` is found. It is fitted
    without the floor of `log_loss` in `fer_pipeline.evaluation.scores`, which would hide the gravest mistakes.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6: never of PrivateTest, which judges the result.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Returns:
        Rounded to four digits. A bound of `TEMPERATURES` where the log loss has its minimum beyond, as for a network
        that is always right.

    Raises:
        InputError: The arrays are not as described.

    Source: Guo et al. 2017, arXiv 1706.04599, section 4.2.
    """
    require_probabilities(emotion_true, probabilities)
    logarithms, faces = _logarithms(probabilities), np.arange(len(emotion_true))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logarithms / np.exp(log_temperature), axis=1)[faces, emotion_true].mean())

    bounds = np.log(TEMPERATURES)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": PRECISION})
    return round(float(np.exp(min([*bounds, found.x], key=loss))), TEMPERATURE_DIGITS)


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Soften (above 1) or sharpen (below 1) probabilities; the predicted emotion stays.

    This is what dividing the logits by the temperature gives. log p is the logits minus the logarithm of their summed
    exponentials, one constant a face; divided by the temperature it is still one constant a face, and softmax ignores
    it. It is exact for all that float32 holds; what was stored as 0 counts as the smallest normal float32, 1.2e-38.

    Args:
        probabilities: `(faces, 7)`, each row summing to 1.
        temperature: Above 0.

    Returns:
        `(faces, 7)` float64, each row summing to 1.

    Raises:
        InputError: The temperature is no number above 0.

    Source: Guo et al. 2017, arXiv 1706.04599, section 4.2.
    """
    if not 0 < temperature < np.inf:
        raise InputError(f"Received the temperature {temperature}; expected a number above 0. Fit it again.")
    return np.asarray(softmax(_logarithms(probabilities) / temperature, axis=1))


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(probabilities, SMALLEST, dtype=np.float64)))


def _equal_width() -> np.ndarray:
    return np.linspace(0, 1, BINS + 1)


def _equal_mass(confidence: np.ndarray) -> np.ndarray:
    return np.asarray(np.quantile(confidence, _equal_width()))


def _table(confidence: np.ndarray, right: np.ndarray, edges: np.ndarray) -> list[Bin]:
    """Unrounded; the first bin holds its lower edge too."""
    places = np.searchsorted(edges[1:-1], confidence)
    faces = np.bincount(places, minlength=BINS)
    return [{"low": edges[place], "high": edges[place + 1], "faces": int(number),
             "confidence": confidence[places == place].mean(dtype=np.float64) if number else None,
             "accuracy": right[places == place].mean() if number else None}
            for place, number in enumerate(faces)]


def _expected_error(bins: list[Bin]) -> float:
    gaps = [one["faces"] * abs(one["confidence"] - one["accuracy"]) for one in bins
            if one["confidence"] is not None and one["accuracy"] is not None]
    return rounded(sum(gaps) / sum(one["faces"] for one in bins))


def _as_figures(one: Bin) -> Bin:
    return {"low": rounded(one["low"]), "high": rounded(one["high"]), "faces": one["faces"],
            "confidence": rounded_or_none(one["confidence"]), "accuracy": rounded_or_none(one["accuracy"])}
