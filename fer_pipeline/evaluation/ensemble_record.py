"""ensemble.json: who votes how often, why, and what PublicTest says of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.choosing import Considered
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.evaluation.ranking import Candidate
from fer_pipeline.evaluation.voting import Step, Votes, log_loss, vote
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import EnsembleParams


def ensemble_record(
    rule: EnsembleParams, candidates: Sequence[Candidate], order: Sequence[Candidate],
    said: Mapping[str, Predictions], ways: Sequence[Considered],
) -> dict[str, Any]:
    """What becomes ensemble.json.

    Args:
        rule: The settings.
        candidates: Every architecture of params.yaml.
        order: Those with figures, best first.
        said: Their predictions for PublicTest.
        ways: The ways to vote that were considered, the one taken first.
    """
    taken, best = ways[0], order[0].architecture
    true = said[best].emotion_true
    return {
        "chosen_on": str(Usage.PUBLIC_TEST),
        "rule": rule.method,
        "method": taken.method,
        "note": _note(said, taken.votes),
        "members": list(_members(said, taken.votes)),
        **_scores(_vote(said, taken.votes), true),
        "temperature": fitted_temperature(true, _vote(said, taken.votes)),
        "held_out": _held_out(rule, taken, true),
        "single_best": {"architecture": best, **_scores(said[best].probabilities, true)},
        "considered": [_considered(rule, way, said, true) for way in ways],
        "candidates": [_candidate(one, taken.votes) for one in _best_first(candidates, order)],
        "emotions": list(EMOTIONS),
    }


def ensemble_metrics(record: Mapping[str, Any]) -> dict[str, Any]:
    """What `dvc metrics` compares beside the vote's headline."""
    return {**{name: record[name] for name in ("temperature", "held_out", "method")}, "members": len(record["members"])}


def in_words(record: Mapping[str, Any]) -> str:
    """The choice as two lines."""
    members = ", ".join(f"{one['architecture']} × {one['votes']}" for one in record["members"])
    best = record["single_best"]
    note = f" ({record['note']})" if record["note"] else ""
    return (f"Ensemble by {record['method']}: {members}{note}\n"
            f"PublicTest: accuracy {record['accuracy']:.1%} where it was chosen, "
            f"{record['held_out']['accuracy']:.1%} on folds apart; best network {best['architecture']} "
            f"{best['accuracy']:.1%}")


def _note(said: Mapping[str, Predictions], votes: Votes) -> str | None:
    if len(said) == 1:
        return "only one network has figures, so the ensemble is that network"
    return "no vote was better than one network, so the ensemble is that network" if len(votes) == 1 else None


def _members(said: Mapping[str, Predictions], votes: Votes) -> Iterator[dict[str, Any]]:
    for name, count in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        yield {"architecture": name, "votes": count, "weight": round(count / sum(votes.values()), 6),
               "model_sha256": said[name].model_sha256}


def _considered(
    rule: EnsembleParams, way: Considered, said: Mapping[str, Predictions], true: np.ndarray
) -> dict[str, Any]:
    return {
        "method": way.method,
        "votes": dict(way.votes),
        **_scores(_vote(said, way.votes), true),
        "held_out": _held_out(rule, way, true),
        "path": [_step(step, len(true)) for step in way.path],
    }


def _step(step: Step, faces: int) -> dict[str, Any]:
    return {"added": list(step.added), "votes": sum(step.votes.values()),
            "accuracy": round(step.quality.correct / faces, 6), "log_loss": round(-step.quality.minus_log_loss, 6)}


def _best_first(candidates: Sequence[Candidate], order: Sequence[Candidate]) -> list[Candidate]:
    return [*order, *(one for one in candidates if one.figures is None)]


def _candidate(one: Candidate, votes: Votes) -> dict[str, Any]:
    if one.figures is None:
        return {"architecture": one.architecture, "accuracy": None, "votes": 0, "status": f"failed: {one.failure}"}
    count = votes.get(one.architecture, 0)
    return {"architecture": one.architecture, "accuracy": one.figures["accuracy"], "votes": count,
            "status": "member" if count else "considered"}


def _held_out(rule: EnsembleParams, way: Considered, true: np.ndarray) -> dict[str, Any]:
    return {"folds": rule.folds, **_scores(way.held_out, true)}


def _scores(probabilities: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    return {**figures(true, probabilities.argmax(axis=1)), "log_loss": round(log_loss(probabilities, true), 6)}


def _vote(said: Mapping[str, Predictions], votes: Votes) -> np.ndarray:
    return vote({name: said[name].probabilities for name in votes}, votes)
