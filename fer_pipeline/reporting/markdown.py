"""The report for a pull request: champion and honest figure, every network, the ensemble, where the faces come from."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_pipeline.evaluation.face_sets import WITHOUT_COPIES
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.markdown_table import escaped, markdown_table
from fer_pipeline.reporting.numbers import count, magnitude, percent, three_decimals
from fer_pipeline.reporting.results import JUDGED, Outcome, Score, Verdict
from fer_pipeline.reporting.vote import Vote


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
    paragraphs = [
        "## Facial expressions: training report",
        _caution(provenance),
        _result(verdict),
        _table(outcomes, verdict, vote),
        _legend(vote),
        "\n".join([*(f"- **{escaped(one.architecture)}** failed: {escaped(one.failure)}"
                     for one in outcomes if one.failure),
                   *[f"- **The ensemble** has no figures here: {escaped(vote.failure or '')}"] * bool(vote.failure)]),
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
    return (f"**Champion: {escaped(verdict.champion.architecture)}**, chosen on PublicTest{verdict.limit} "
            f"({_in_words(scores[Usage.PUBLIC_TEST])}).\n"
            f"**PrivateTest: {_in_words(private_test)}**, macro F1 {three_decimals(private_test.macro_f1)}; "
            f"without copies of earlier faces {_in_words(without_copies)}.")


def _in_words(found: Score) -> str:
    return (f"{percent(found.accuracy)} %, 95 % interval {percent(found.accuracy_low)} to "
            f"{percent(found.accuracy_high)}, {count(found.faces)} faces")


def _table(outcomes: Sequence[Outcome], verdict: Verdict, vote: Vote) -> str:
    valid = [one for one in outcomes if not one.failure]
    rows = [[one.architecture + " (champion)" * (one is verdict.champion), one.made_of,
             *_figures(one.scores), count(one.parameters), magnitude(one.flops)] for one in valid]
    if vote.scores:
        rows.append(_vote_row(vote))
    headings = ["network", "recipe", *(heading for _, heading, _ in JUDGED), "macro F1", "parameters", "FLOPs"]
    return markdown_table(headings, rows, numbers=len(headings) - 2) if rows else ""


def _vote_row(vote: Vote) -> list[str]:
    said = ", ".join(f"{name} × {votes}" for name, votes in vote.votes.items())
    return ["ensemble", f"vote of {said}", *_figures(vote.scores), count(vote.parameters), magnitude(vote.flops)]


def _figures(scores: Mapping[str, Score]) -> list[str]:
    accuracies = [f"{percent(one.accuracy)} ({percent(one.accuracy_low)}–{percent(one.accuracy_high)})"
                  for one in (scores[key] for key, _, _ in JUDGED)]
    return [*accuracies, three_decimals(scores[Usage.PRIVATE_TEST].macro_f1)]


def _legend(vote: Vote) -> str:
    lines = ["Accuracy in per cent with its 95 % interval; macro F1 on PrivateTest, 0 to 1; FLOPs of one face with "
             "all its views. PublicTest guides and chooses; PrivateTest judges and chooses nothing."]
    if vote.scores and vote.record:
        held_out = vote.record["held_out"]
        lines.append(f"The ensemble was chosen on PublicTest; on folds of it that did not choose, it has "
                     f"{percent(held_out['accuracy'])} %.")
    return "\n".join(lines)


def _origin(provenance: Mapping[str, Any], profile: str) -> str:
    return (f"Faces: {escaped(provenance['description'])}; source {escaped(provenance['source'])}, "
            f"{escaped(provenance['layout'])}, sha256 `{provenance['sha256']}`, split {escaped(provenance['split'])}, "
            f"licence {escaped(provenance['licence'])}. Profile {escaped(profile)}.")
