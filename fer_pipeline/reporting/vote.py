"""The ensemble as the page shows it: its figures, or why there are none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.results import SETS_OF, Outcome, Score, agree, score_of

SETS = [name for sets in SETS_OF.values() for name in sets]


@dataclass(frozen=True)
class Vote:
    """The ensemble of a run.

    Attributes:
        record: Content of ensemble.json; None if it is not there.
        failure: Why it has no figures.
        scores: By set of faces.
        predictions: By usage.
        parameters: Of all members together.
        flops: Of all members and all their views of one face.
    """

    record: Mapping[str, Any] | None
    failure: str | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    predictions: Mapping[Usage, Predictions] = field(default_factory=dict)
    parameters: int = 0
    flops: int = 0

    @property
    def votes(self) -> dict[str, int]:
        """How often each member counts."""
        return {member["architecture"]: member["votes"] for member in (self.record or {"members": []})["members"]}


def assess_vote(
    record: Mapping[str, Any] | None, record_sha256: str | None, metrics: Mapping[str, Mapping[str, Any]],
    predictions: Mapping[Usage, Predictions], outcomes: Iterable[Outcome],
) -> Vote:
    """Accept figures only if they are of the ensemble.json that is there now.

    Args:
        record: Content of ensemble.json.
        record_sha256: Checksum of that file, which names the vote's predictions.
        metrics: By set of faces.
        predictions: Of the vote, by usage.
        outcomes: Of the networks, its members among them.
    """
    if record is None:
        return Vote(None, "no ensemble: the stage ensemble failed or has not run")
    networks = {one.architecture: one for one in outcomes if not one.failure}
    if changed := [member["architecture"] for member in record["members"] if not _is_there(member, networks)]:
        return Vote(record, f"its members {', '.join(changed)} have no valid figures or are other models now: run "
                            "ensemble again")
    if not metrics.keys() >= set(SETS) or predictions.keys() < set(SETS_OF):
        return Vote(record, "no readable figures of the vote: judge_ensemble failed or has not run")
    if any(one.model_sha256 != record_sha256 for one in predictions.values()):
        return Vote(record, "the figures left are of an older ensemble: run ensemble and judge_ensemble again")
    scores = {name: score_of(metrics[name]) for name in SETS}
    if not all(agree(predictions[usage], scores[usage]) for usage in SETS_OF):
        return Vote(record, "metrics and votes differ: run ensemble and judge_ensemble again")
    members = [networks[member["architecture"]] for member in record["members"]]
    return Vote(record, scores=scores, predictions=predictions, parameters=sum(one.parameters for one in members),
                flops=sum(one.flops for one in members))


def _is_there(member: Mapping[str, Any], networks: Mapping[str, Outcome]) -> bool:
    outcome = networks.get(member["architecture"])
    return outcome is not None and outcome.predictions[Usage.PUBLIC_TEST].model_sha256 == member["model_sha256"]
