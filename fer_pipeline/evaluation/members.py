"""Predictions of several networks for the same faces, and their vote as predictions of its own."""

from collections.abc import Mapping

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.evaluation.voting import Votes, vote

ENSEMBLE = "ensemble"       # the vote's name among models


def voted(said: Mapping[str, Predictions], votes: Votes, ensemble_sha256: str, stage: str) -> Predictions:
    """The vote of the members, named by the checksum of the file that describes the ensemble, its model file.

    Args:
        said: By architecture, at least the members.
        votes: By member.
        ensemble_sha256: Of ensemble.json.
        stage: That predicts these faces, evaluate or judge.

    Raises:
        InputError: The members did not see the same faces.
    """
    check_same_faces(said, stage)
    first = said[min(votes)]
    probabilities = vote({name: said[name].probabilities for name in votes}, votes)
    return Predictions(first.row, first.emotion_true, probabilities, ensemble_sha256)


def check_same_faces(said: Mapping[str, Predictions], stage: str) -> None:
    """Refuse to let networks vote that saw different faces, or faces with different emotions.

    Args:
        said: By architecture.
        stage: That predicts these faces, evaluate or judge.

    Raises:
        InputError: One has other rows or emotions than the first by name.
    """
    first, *others = sorted(said)
    for other in others:
        if not _same_faces(said[first], said[other]):
            raise InputError(
                f"{other} predicted {len(said[other].row):,} faces that are not those of {first} "
                f"({len(said[first].row):,}); only predictions of the same faces can be voted on. "
                f"Run dvc repro {stage}@{first} {stage}@{other}.")


def _same_faces(one: Predictions, other: Predictions) -> bool:
    return np.array_equal(one.row, other.row) and np.array_equal(one.emotion_true, other.emotion_true)
