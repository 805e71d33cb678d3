"""What voting brings: the best networks together, by how many they are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.voting import mean_vote, vote
from fer_pipeline.imported_runs.outcomes import Results
from fer_pipeline.labels import Usage

MOST = 12


@dataclass(frozen=True)
class Company:
    """The best on PublicTest, a vote each.

    Attributes:
        number: How many they are.
        joined: The last of them.
        alone: Its own accuracy on PrivateTest; like the others a fraction.
        public_test: Accuracy of all of them together, where it ranked them.
        private_test: Theirs on PrivateTest.
        interval: Its 95 % interval.
        named: Share of PrivateTest whose emotion one of them names at least.
    """

    number: int
    joined: str
    alone: float
    public_test: float
    private_test: float
    interval: tuple[float, float]
    named: float


def best_together(found: Results, most: int = MOST) -> Iterator[Company]:
    """The best one, the best two, …, at most `most`. PublicTest ranks them; PrivateTest chooses nothing."""
    for number in range(1, min(most, len(found.outcomes)) + 1):
        members = found.outcomes[:number]
        told = {}
        for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST):
            said = {one.architecture: one.predictions[usage].probabilities for one in members}
            true = members[0].predictions[usage].emotion_true
            told[usage] = figures(true, vote(said, mean_vote(said)).argmax(axis=1))
        judges = [one.predictions[Usage.PRIVATE_TEST] for one in members]
        right = [one.emotion_pred == one.emotion_true for one in judges]
        private_test = told[Usage.PRIVATE_TEST]
        yield Company(
            number, members[-1].architecture, alone=float(right[-1].mean()),
            public_test=told[Usage.PUBLIC_TEST]["accuracy"], private_test=private_test["accuracy"],
            interval=(private_test["accuracy_low"], private_test["accuracy_high"]),
            named=float(np.any(right, axis=0).mean()))
