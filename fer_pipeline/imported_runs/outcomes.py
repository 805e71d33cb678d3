"""Imported runs as the report's own values: what each network, the champion and the vote are worth."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_pipeline.evaluation.choosing import consider
from fer_pipeline.evaluation.ensemble_record import ensemble_record
from fer_pipeline.evaluation.face_sets import MERGED, WITHOUT_COPIES
from fer_pipeline.evaluation.headline import headline
from fer_pipeline.evaluation.judgement import judged
from fer_pipeline.evaluation.members import check_same_faces, voted
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.evaluation.ranking import Candidate
from fer_pipeline.imported_runs.run import Facts, ImportedRun
from fer_pipeline.labels import Usage
from fer_pipeline.params import EnsembleParams
from fer_pipeline.reporting.results import Evidence, Outcome, Verdict, assess, ranked
from fer_pipeline.reporting.vote import Vote, assess_vote


@dataclass(frozen=True)
class Results:
    """All of them together.

    Attributes:
        outcomes: Ranked by PublicTest.
        champion: The first of them.
        vote: Of all; its members and votes are chosen on PublicTest. In a checkout a student does not vote, since the
            vote taught it; here its teachers were other runs, which are finished.
    """

    outcomes: Sequence[Outcome]
    champion: Verdict
    vote: Vote


def results(runs: Iterable[ImportedRun], faces: pd.DataFrame, rule: EnsembleParams) -> Results:
    """Judge every run and their vote by the rules of the stages.

    Args:
        runs: At least one; the faces of all are `faces`.
        faces: As `run.read_faces` gives them.
        rule: How the vote is chosen.
    """
    runs, verdicts = list(runs), faces[faces["usage"] == Usage.PRIVATE_TEST]
    outcomes = ranked(assess(_evidence(run, verdicts)) for run in runs)
    return Results(outcomes, Verdict(outcomes[0]), _vote(outcomes, verdicts, rule))


def _evidence(run: ImportedRun, verdicts: pd.DataFrame) -> Evidence:
    facts = run.facts
    told = {"architecture": facts.entry["architecture"], "recipe": facts.entry["recipe"],
            **facts.model_dump(include={"weights", "parameters", "flops", "views", "file_bytes"}),
            **({"soft_label_share": share} if (share := facts.entry.get("soft_label_share")) else {}),
            **({"distilled_from": _teachers(facts)} if "teacher" in facts.entry else {})}
    metrics = {name: {**found, **told} for name, found in _figures(run.predictions, verdicts).items()}
    return Evidence(run.name, facts.model_sha256, run.history, metrics, run.predictions)


def _teachers(facts: Facts) -> str:
    names = [f"{one.architecture} × {one.votes}" if one.votes > 1 else one.architecture for one in facts.teachers]
    return f"vote of {', '.join(names)}" if names else "ensemble"


def _figures(said: Mapping[Usage, Predictions], verdicts: pd.DataFrame) -> dict[str, Any]:
    public_test, private_test = said[Usage.PUBLIC_TEST], said[Usage.PRIVATE_TEST]
    found = (headline(public_test.emotion_true, public_test.probabilities),
             *judged(private_test, public_test, verdicts))
    return dict(zip((Usage.PUBLIC_TEST, Usage.PRIVATE_TEST, WITHOUT_COPIES, MERGED), found, strict=True))


def _vote(outcomes: Sequence[Outcome], verdicts: pd.DataFrame, rule: EnsembleParams) -> Vote:
    said = {usage: {one.architecture: one.predictions[usage] for one in outcomes}
            for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST)}
    for usage, stage in ((Usage.PUBLIC_TEST, "evaluate"), (Usage.PRIVATE_TEST, "judge")):
        check_same_faces(said[usage], stage)
    guides = said[Usage.PUBLIC_TEST]
    candidates = [Candidate(name, figures(one.emotion_true, one.emotion_pred)) for name, one in guides.items()]
    ways = consider({name: one.probabilities for name, one in guides.items()},
                    next(iter(guides.values())).emotion_true, rule)
    record = ensemble_record(rule, candidates, candidates, guides, ways)
    checksum = hashlib.sha256(json.dumps(record).encode()).hexdigest()
    votes = {usage: voted(one, ways[0].votes, checksum, "judge") for usage, one in said.items()}
    return assess_vote(record, checksum, _figures(votes, verdicts), votes, outcomes)
