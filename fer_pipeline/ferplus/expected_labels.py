"""How likely each of FER-2013's labels is for a face on which FER+'s taggers voted as they did."""

import numpy as np
import pandas as pd

from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import EMOTIONS

DECIMALS = 4


def expected_labels(votes: pd.DataFrame, emotion: np.ndarray) -> np.ndarray:
    """Probabilities of the emotions by the votes alone, learnt from the labels of the same faces.

    The taggers and FER-2013 draw the lines elsewhere: many a face that it calls sad or afraid is neutral to them. The
    shares of the votes would teach a network their lines and cost it accuracy by FER-2013's labels. A multinomial
    logistic regression translates them; what it leaves out is what a single label has of chance.

    Args:
        votes: A row a face, with the columns `VOTES`.
        emotion: `(faces,)` 0 to 6 in `EMOTIONS` order, the labels.

    Returns:
        `(faces, 7)` float32 in `EMOTIONS` order, each row summing to 1; zero for emotions that `emotion` lacks.
    """
    from sklearn.linear_model import LogisticRegression

    present = np.unique(emotion)
    if len(present) == 1:
        return np.asarray(np.eye(len(EMOTIONS), dtype=np.float32)[emotion])
    counts = votes[list(VOTES)].to_numpy(float)
    shares = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    # Newton's method comes so close to the optimum that rounding hides how the last digits were computed.
    fitted = LogisticRegression(solver="newton-cholesky", tol=1e-8, max_iter=200).fit(shares, emotion)
    found = np.zeros((len(votes), len(EMOTIONS)))
    found[:, present] = fitted.predict_proba(shares).round(DECIMALS)
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float32)
