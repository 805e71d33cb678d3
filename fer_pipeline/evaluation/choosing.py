"""Which vote becomes the ensemble, and what the choice is worth on faces that it did not see. PublicTest alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from fer_pipeline.evaluation.voting import (
    Probabilities,
    Quality,
    Step,
    Votes,
    best_few,
    greedy_vote,
    mean_vote,
    quality,
    vote,
)
from fer_pipeline.params import EnsembleParams

METHODS = ("mean", "best_few", "greedy")    # a tie goes to the first of them: it chooses least

Chosen = tuple[Votes, list[Step]]


@dataclass(frozen=True)
class Considered:
    """One way to choose a vote.

    Attributes:
        votes: By member, as chosen on all faces.
        path: Steps of a greedy choice; empty for the others.
        held_out: `(faces, 7)` float32, each face predicted by a vote that was chosen without its fold.
    """

    method: str
    votes: Votes
    held_out: np.ndarray
    path: list[Step] = field(default_factory=list)


def consider(probabilities: Probabilities, emotion_true: np.ndarray, rule: EnsembleParams) -> list[Considered]:
    """The ways that `rule` asks for, the one to take first.

    `best_of` compares by held-out faces: on the faces that chose it, greedy is never behind its best member or, where
    `max_votes` allows a vote each, the mean, whatever it is worth. It goes by accuracy, for that is what champion and
    ensemble are compared by, then by log loss; log loss alone would take the more timid vote where a member is right
    but too sure.
    """
    ways = [_considered(method, probabilities, emotion_true, rule)
            for method in METHODS if rule.method in (method, "best_of")]
    return sorted(ways, key=lambda way: _worse_last(quality(way.held_out, emotion_true)))


def _worse_last(found: Quality) -> tuple[int, float]:
    return -found.correct, -found.minus_log_loss


def _considered(
    method: str, probabilities: Probabilities, emotion_true: np.ndarray, rule: EnsembleParams
) -> Considered:
    def choose(probabilities: Probabilities, emotion_true: np.ndarray) -> Chosen:
        if method == "mean":
            return mean_vote(probabilities), []
        if method == "best_few":
            return best_few(probabilities, emotion_true), []
        return greedy_vote(probabilities, emotion_true, rule.max_votes, rule.patience)

    votes, path = choose(probabilities, emotion_true)
    fold = folds(emotion_true, rule.folds, rule.seed)
    return Considered(method, votes, held_out(choose, probabilities, emotion_true, fold), path)


def folds(emotion_true: np.ndarray, number: int, seed: int) -> np.ndarray:
    """The fold of each face, `(faces,)`, 0 to `number` - 1: drawn at random, emotions spread evenly."""
    drawn = np.random.default_rng(seed).random(len(emotion_true))
    fold = np.empty(len(emotion_true), np.intp)
    fold[np.lexsort((drawn, emotion_true))] = np.arange(len(emotion_true)) % number
    return fold


def held_out(
    choose: Callable[[Probabilities, np.ndarray], Chosen],
    probabilities: Probabilities, emotion_true: np.ndarray, fold: np.ndarray,
) -> np.ndarray:
    """Each fold predicted by the vote that the other folds choose.

    Args:
        choose: From probabilities by candidate and true emotions to votes.
        probabilities: By candidate, `(faces, 7)`.
        emotion_true: `(faces,)`, 0 to 6.
        fold: `(faces,)`; at least two folds.

    Returns:
        `(faces, 7)` float32. Its accuracy is that of the way of choosing, on somewhat fewer faces than there are.
    """
    said = np.empty((len(fold), next(iter(probabilities.values())).shape[1]), np.float32)
    for one in np.unique(fold):
        votes, _ = choose(_of(probabilities, fold != one), emotion_true[fold != one])
        said[fold == one] = vote(_of(probabilities, fold == one), votes)
    return said


def _of(probabilities: Probabilities, faces: np.ndarray) -> Mapping[str, np.ndarray]:
    return {name: said[faces] for name, said in probabilities.items()}
