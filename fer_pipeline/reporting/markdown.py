"""The report for a pull request: champion and honest figure, every network, the ensemble, where the faces come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from fer_pipeline.labels import Usage
from fer_pipeline.reporting.markdown_table import escaped, markdown_table
from fer_pipeline.reporting.numbers import count, magnitude, percent, three_decimals
from fer_pipeline.reporting.page import JUDGED
from fer_pipeline.reporting.results import ROUNDING, Outcome, Score, Verdict

WITHOUT_COPIES = "PrivateTest_without_copies"


@dataclass(frozen=True)
class Vote:
    """The ensemble as the files have it; what is missing or cannot be read is None or left out.

    Attributes:
        record: Content of ensemble.json.
        metrics: By set of faces, the content of its metrics file.
    """

    record: Mapping[str, Any] | None
    metrics: Mapping[str, Mapping[str, Any]]


def markdown(
    outcomes: Sequence[Outcome], verdict: Verdict, vote: Vote, provenance: Mapping[str, Any], profile: str
) -> str:
    """The report as GitHub's Markdown; equal values give equal bytes.

    Args:
        outcomes: Of the architectures that params.yaml names, ranked.
        verdict: The champion among them.
        vote: The ensemble.
        provenance: Content of provenance.json.
        profile: Of params.yaml.
    """
    faults = list(_faults(vote, outcomes))
    paragraphs = [
        "## Facial expressions: training report",
        _caution(provenance),
        _result(verdict),
        _table(outcomes, verdict, None if faults else vote),
        _legend(None if faults else vote),
        "\n".join([*(f"- **{escaped(one.architecture)}** failed: {escaped(one.failure)}"
                     for one in outcomes if one.failure),
                   *(f"- **The ensemble** has no figures here: {escaped(fault)}" for fault in faults)]),
        _origin(provenance, profile),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _caution(provenance: Mapping[str, Any]) -> str:
    synthetic = "Synthetic sample faces: the figures say nothing about how well any network reads real ones."
    split = (f"PublicTest and PrivateTest are not those of FER-2013 ({escaped(provenance['split'])}): no figure here "
             "compares with anybody's PrivateTest.")
    return "\n".join([f"> {synthetic}"] * bool(provenance["synthetic"])
                     + [f"> {split}"] * (provenance["split"] != "official"))


def _result(verdict: Verdict) -> str:
    if verdict.champion is None:
        return f"**No champion:** {escaped(verdict.reason or 'no reason is known')}"
    scores = verdict.champion.scores
    private_test, without_copies = scores[Usage.PRIVATE_TEST], scores[WITHOUT_COPIES]
    return (f"**Champion: {escaped(verdict.champion.architecture)}**, chosen on PublicTest "
            f"({_in_words(scores[Usage.PUBLIC_TEST])}).\n"
            f"**PrivateTest: {_in_words(private_test)}**, macro F1 {three_decimals(private_test.macro_f1)}; "
            f"without copies of earlier faces {_in_words(without_copies)}.")


def _in_words(found: Score) -> str:
    return (f"{percent(found.accuracy)} %, 95 % interval {percent(found.accuracy_low)} to "
            f"{percent(found.accuracy_high)}, {count(found.faces)} faces")


def _table(outcomes: Sequence[Outcome], verdict: Verdict, vote: Vote | None) -> str:
    valid = [one for one in outcomes if not one.failure]
    rows = [[one.architecture + " (champion)" * (one is verdict.champion), one.made_of,
             *_figures(one.scores), count(one.parameters), magnitude(one.flops)] for one in valid]
    if vote is not None:
        rows.append(_vote_row(vote, valid))
    headings = ["network", "recipe", *(heading for _, heading, _ in JUDGED), "macro F1", "parameters", "FLOPs"]
    return markdown_table(headings, rows, numbers=len(headings) - 2) if rows else ""


def _vote_row(vote: Vote, valid: Sequence[Outcome]) -> list[str]:
    """What the vote costs is what its members cost together."""
    members = [one for one in valid if one.architecture in _votes(vote)]
    said = ", ".join(f"{name} × {votes}" for name, votes in _votes(vote).items())
    return ["ensemble", f"vote of {said}", *_figures({key: _score(content) for key, content in vote.metrics.items()}),
            count(sum(one.parameters for one in members)), magnitude(sum(one.flops for one in members))]


def _votes(vote: Vote) -> dict[str, int]:
    return {member["architecture"]: member["votes"] for member in (vote.record or {})["members"]}


def _figures(scores: Mapping[str, Score]) -> list[str]:
    accuracies = [f"{percent(one.accuracy)} ({percent(one.accuracy_low)}–{percent(one.accuracy_high)})"
                  for one in (scores[key] for key, _, _ in JUDGED)]
    return [*accuracies, three_decimals(scores[Usage.PRIVATE_TEST].macro_f1)]


def _score(content: Mapping[str, Any]) -> Score:
    return Score(**{field.name: content[field.name] for field in fields(Score)})


def _legend(vote: Vote | None) -> str:
    lines = ["Accuracy in per cent with its 95 % interval; macro F1 on PrivateTest, from 0 to 1; FLOPs of one face. "
             "PublicTest guides and chooses; PrivateTest judges and chooses nothing."]
    if vote is not None and vote.record is not None:
        held_out = vote.record["held_out"]
        lines.append(f"The ensemble was chosen on PublicTest; on folds of it that did not choose, it has "
                     f"{percent(held_out['accuracy'])} %.")
    return "\n".join(lines)


def _origin(provenance: Mapping[str, Any], profile: str) -> str:
    return (f"Faces: {escaped(provenance['description'])}; source {escaped(provenance['source'])}, "
            f"{escaped(provenance['layout'])}, sha256 `{provenance['sha256']}`, split {escaped(provenance['split'])}, "
            f"licence {escaped(provenance['licence'])}. Profile {escaped(profile)}.")


def _faults(vote: Vote, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Why the ensemble's figures are not of the networks that are there now."""
    if vote.record is None or not vote.metrics.keys() >= {key for key, _, _ in JUDGED}:
        yield "no readable ensemble.json or metrics: ensemble or judge_ensemble failed or has not run"
        return
    if abs(vote.record["accuracy"] - vote.metrics[Usage.PUBLIC_TEST]["accuracy"]) > ROUNDING:
        yield "ensemble.json was written for other figures: run ensemble again"
    valid = {one.architecture: one for one in outcomes if not one.failure}
    for member in vote.record["members"]:
        outcome = valid.get(member["architecture"])
        if outcome is None:
            yield f"its member {member['architecture']} has no valid figures"
        elif outcome.predictions[Usage.PUBLIC_TEST].model_sha256 != member["model_sha256"]:
            yield f"its member {member['architecture']} is another model now: run ensemble and judge_ensemble again"
