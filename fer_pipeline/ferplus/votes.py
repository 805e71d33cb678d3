"""What ten taggers said of a face, and what follows from it."""

import numpy as np
import pandas as pd

from fer_pipeline.labels import EMOTIONS

VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
TAGGERS = 10
NOT_A_FACE = "NF"
NAMED_BY_FERPLUS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}   # the other four have the same name
OUR_VOTES = [NAMED_BY_FERPLUS.get(emotion, emotion) for emotion in EMOTIONS]
OUTLIER = 1     # votes


def not_a_face(votes: pd.DataFrame) -> "pd.Series[bool]":
    """Whether every tagger called a row "not a face".

    Args:
        votes: A row a face, with the columns `VOTES`.

    Returns:
        `(faces,)` with the index of `votes`; false where nobody voted.
    """
    everybody = votes[list(VOTES)].sum(axis=1)
    return (votes[NOT_A_FACE] == everybody) & (everybody > 0)


def soft_labels(votes: pd.DataFrame) -> np.ndarray:
    """The share of the votes that each of our emotions got.

    An emotion that a single tagger saw counts as nothing: FER+ removes it as an outlier. Votes for contempt, for
    unknown and for "not a face" are left out, as FER-2013 has no such label. FER+'s own training also cuts the tail of
    the distribution once three quarters of the votes are reached, and drops rows led by unknown; this does neither.

    Args:
        votes: A row a face, with the columns `VOTES`.

    Returns:
        `(faces, 7)` float32 in `EMOTIONS` order; each row sums to 1, or is NaN where no vote is left.

    Source: Barsoum et al. 2016, arXiv 1608.01041, and src/ferplus.py of github.com/microsoft/FERPlus.
    """
    own = votes[OUR_VOTES].to_numpy(np.float32)
    counted = np.where(own > OUTLIER, own, np.float32(0))
    total = counted.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(counted, total, out=np.full_like(counted, np.nan), where=total > 0))
