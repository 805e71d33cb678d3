"""How much accuracy each corruption costs, on the same faces and so as a paired difference."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.paired_tests import agreement, newcombe_interval
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.examination.corruptions import STRENGTH_OF, Corrupt
from fer_pipeline.inference import probabilities
from fer_pipeline.recipes import TestTime

if TYPE_CHECKING:
    import keras


class Damaged(Figures):
    """Figures on corrupted faces, beside those on the faces as they are.

    `difference` is corrupted minus clean accuracy with its 95 % interval (negative: a loss), `changed` the share of
    faces with another prediction than before, right or wrong.
    """

    strength: float
    difference: float
    difference_low: float
    difference_high: float
    changed: float


class Corruption(TypedDict):
    """A kind of corruption: what its strengths are, and the figures at each."""

    strength_is: str
    strengths: list[Damaged]


class Robustness(TypedDict):
    """Content of robustness.json."""

    model_sha256: str
    clean: Figures
    corruptions: dict[str, Corruption]


def robustness(
    network: "keras.Model", pixels: np.ndarray, clean: Predictions, test_time: TestTime,
    corruptions: Mapping[str, Corrupt], strengths: Mapping[str, Sequence[float]],
) -> Robustness:
    """Figures of a network on faces as they are and at each strength of each corruption.

    Args:
        network: That made the predictions.
        pixels: `(faces, 48, 48)` uint8 in the order of the predictions.
        clean: Predictions of these faces as they are.
        test_time: The views that they are the mean of.
        corruptions: By name.
        strengths: By the same names; a name without strengths is left out.
    """
    def at_each(name: str) -> Iterator[Damaged]:
        for strength in strengths[name]:
            said = probabilities(network, corruptions[name](pixels, strength), test_time)
            yield damaged(strength, clean, np.asarray(said.argmax(axis=1), np.uint8))

    return {
        "model_sha256": clean.model_sha256,
        "clean": figures(clean.emotion_true, clean.emotion_pred),
        "corruptions": {name: {"strength_is": STRENGTH_OF[name], "strengths": list(at_each(name))}
                        for name in strengths if strengths[name]},
    }


def damaged(strength: float, clean: Predictions, emotion_pred: np.ndarray) -> Damaged:
    """Figures of what was said of corrupted faces.

    Args:
        strength: Of the corruption.
        clean: What was said of the faces as they are.
        emotion_pred: `(faces,)`, said of them corrupted, in the same order.
    """
    counted = agreement(emotion_pred == clean.emotion_true, clean.emotion_pred == clean.emotion_true)
    low, high = newcombe_interval(counted)
    return {
        "strength": strength, **figures(clean.emotion_true, emotion_pred),
        "difference": round((counted.only_one - counted.only_other) / sum(counted), 6),
        "difference_low": round(low, 6), "difference_high": round(high, 6),
        "changed": round(float((emotion_pred != clean.emotion_pred).mean()), 6),
    }


def as_table(found: Robustness) -> pd.DataFrame:
    """Accuracies for `dvc plots`: variant (its label), corruption, strength, accuracy; the clean one first."""
    rows = [("clean", "none", 0.0, found["clean"]["accuracy"])]
    for name, corruption in found["corruptions"].items():
        rows += [(f"{name} {one['strength']:g}", name, one["strength"], one["accuracy"])
                 for one in corruption["strengths"]]
    return pd.DataFrame(rows, columns=["variant", "corruption", "strength", "accuracy"])
