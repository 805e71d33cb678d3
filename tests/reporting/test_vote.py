"""When the figures of a vote are those of the networks and the ensemble that are there now."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.results import SETS_OF, Outcome
from fer_pipeline.reporting.vote import SETS, Vote, assess_vote

SAID = Predictions(np.arange(4), np.array([0, 1, 2, 3]), np.eye(7)[[0, 1, 2, 6]], "checksum of ensemble.json")
FIGURES = {"accuracy": 0.75, "accuracy_low": 0.3, "accuracy_high": 0.95, "macro_f1": 0.4, "faces": 4}


def network(name: str, model_sha256: str) -> Outcome:
    said = replace(SAID, model_sha256=model_sha256)
    return Outcome(name, parameters=1000, flops=500, predictions={Usage.PUBLIC_TEST: said})


def assessed(**changes: Any) -> Vote:
    members = [{"architecture": "a", "votes": 2, "model_sha256": "a1"},
               {"architecture": "b", "votes": 1, "model_sha256": "b1"}]
    found = {"record": {"members": members}, "record_sha256": "checksum of ensemble.json",
             "metrics": dict.fromkeys(SETS, FIGURES), "predictions": dict.fromkeys(SETS_OF, SAID),
             "outcomes": [network("a", "a1"), network("b", "b1")]}
    return assess_vote(**(found | changes))


def test_a_vote_costs_what_its_members_cost_together():
    vote = assessed()
    assert (vote.failure, vote.parameters, vote.flops) == (None, 2000, 1000)
    assert vote.scores["PrivateTest"].accuracy == 0.75
    assert vote.votes == {"a": 2, "b": 1}


@pytest.mark.parametrize(("changes", "reason"), [
    ({"record": None}, "no ensemble: the stage ensemble failed or has not run"),
    ({"outcomes": [network("a", "a1")]}, "its members b have no valid figures or are other models now"),
    ({"outcomes": [network("a", "a2"), network("b", "b1")]}, "its members a have no valid figures or are other models"),
    ({"metrics": {}}, "no readable figures of the vote"),
    ({"predictions": {Usage.PUBLIC_TEST: SAID}}, "no readable figures of the vote"),
    ({"record_sha256": "another"}, "the figures left are of an older ensemble"),
    ({"metrics": dict.fromkeys(SETS, FIGURES | {"accuracy": 0.5})}, "metrics and votes differ"),
])
def test_figures_of_anything_else_are_refused_with_the_reason(changes, reason):
    vote = assessed(**changes)
    assert vote.failure.startswith(reason)
    assert not vote.scores
