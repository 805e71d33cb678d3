"""Two networks face by face."""

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.paired_tests import Agreement, agreement
from fer_pipeline.evaluation.predictions import Predictions


def same_faces(one: Faces, other: Faces) -> bool:
    """Whether two arrays hold the same faces under the same rows and emotions, in the same order."""
    return (np.array_equal(one.row, other.row) and np.array_equal(one.emotion, other.emotion)
            and np.array_equal(one.pixels, other.pixels))


def faced(challenger: Predictions, champion: Predictions) -> Agreement:
    """Count who has which face right: `one` is the challenger, `other` the champion.

    Raises:
        InputError: They are of other faces, or of none.
    """
    same = (np.array_equal(challenger.row, champion.row)
            and np.array_equal(challenger.emotion_true, champion.emotion_true))
    if not same or not len(challenger.row):
        raise InputError(f"The challenger was asked about {len(challenger.row):,} faces and the champion about "
                         f"{len(champion.row):,}, and they are not the same, or none. Accuracies of other faces are "
                         "not compared: ask both about the same PublicTest.")
    return agreement(*(one.emotion_pred == one.emotion_true for one in (challenger, champion)))
