"""How far predictions agree with the ten people who labelled FER-2013 again for FER+."""

from typing import TypedDict

import numpy as np
import pandas as pd

from fer_pipeline.evaluation.metrics import wilson_interval
from fer_pipeline.evaluation.rounding import rounded
from fer_pipeline.ferplus.votes import soft_labels


class CrowdAgreement(TypedDict):
    """Agreement with the emotion that most people saw, fractions in [0, 1] to be maximised, rounded to six digits.

    Attributes:
        faces: Those with a majority: one of the seven emotions got more counted votes than every other.
        without_majority: Faces with a tie or no counted vote, which are left out.
        accuracy: Share of the faces whose prediction is the majority's emotion.
        accuracy_low: Lower end of its 95 % interval.
        accuracy_high: Upper end of it.
        votes: Mean share of the counted votes that the predicted emotion got.
        file_accuracy: What the emotions of the file themselves reach: nobody who learns these need agree more.
    """

    faces: int
    without_majority: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    votes: float
    file_accuracy: float


def crowd_agreement(
    emotion_true: np.ndarray, probabilities: np.ndarray, votes: pd.DataFrame
) -> CrowdAgreement | None:
    """Compare predictions, and the file's emotions, with FER+.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.
        votes: A row a face, with the columns `fer_pipeline.ferplus.votes.VOTES`.

    Returns:
        None where no face has a majority.

    Source: Barsoum et al. 2016, arXiv 1608.01041.
    """
    shares = soft_labels(votes)
    clear = (shares == np.nanmax(np.nan_to_num(shares), axis=1, keepdims=True)).sum(axis=1) == 1
    if not clear.any():
        return None
    pred, majority = probabilities.argmax(axis=1)[clear], shares[clear].argmax(axis=1)
    right = int((pred == majority).sum())
    low, high = wilson_interval(right, len(pred))
    return {
        "faces": len(pred), "without_majority": int((~clear).sum()), "accuracy": rounded(right / len(pred)),
        "accuracy_low": rounded(low), "accuracy_high": rounded(high),
        "votes": rounded(shares[clear][np.arange(len(pred)), pred].mean()),
        "file_accuracy": rounded((emotion_true[clear] == majority).mean()),
    }
