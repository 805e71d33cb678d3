"""What the figures allow to say, and how sure, in sentences."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fer_pipeline.evaluation.face_sets import WITHOUT_COPIES
from fer_pipeline.evaluation.members import ENSEMBLE
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.numbers import percent, points
from fer_pipeline.reporting.results import Outcome, Score
from fer_pipeline.reporting.vote import Vote


class Difference(NamedTuple):
    """One model less another on the same faces, as fractions, with its 95 % interval; real where the faces tell."""

    one: str
    other: str
    difference: float
    low: float
    high: float
    only_one: int
    only_other: int
    corrected_p: float
    real: bool


def differences(compared: Mapping[str, Any], model: str) -> list[Difference]:
    """`model` less every other of a comparison, the best other first."""
    pairs = [pair for pair in compared["pairs"] if model in (pair["one"], pair["other"])]
    found = [_seen_from(pair, model) for pair in pairs]
    return sorted(found, key=lambda one: (one.difference, one.other))


def _seen_from(pair: Mapping[str, Any], model: str) -> Difference:
    facts = {name: pair[name] for name in Difference._fields}
    if pair["one"] == model:
        return Difference(**facts)
    return Difference(model, pair["one"], -pair["difference"], -pair["high"], -pair["low"], pair["only_other"],
                      pair["only_one"], pair["corrected_p"], pair["real"])


def conclusions(
    champion: Outcome, vote: Vote, compared: Mapping[str, Any] | None, networks: Iterable[Outcome]
) -> Iterator[str]:
    """Which model to use and what is certain, a sentence each.

    Args:
        champion: Of one network.
        vote: The ensemble.
        compared: All models on PrivateTest, as the stage analyse writes it.
        networks: All with figures.
    """
    yield from _worth(champion)
    if compared is None:
        yield "The models are not compared: the stage analyse failed or has not run."
        return
    others = differences(compared, champion.architecture)
    if (ensemble := next((one for one in others if one.other == ENSEMBLE), None)) and not vote.failure:
        yield _ensemble(ensemble, vote, champion)
    yield from _networks(champion, [one for one in others if one.other != ENSEMBLE], networks)
    yield ("One training each: another seed may move any of these figures by a point or more, which no interval here "
           "covers.")


def _worth(champion: Outcome) -> Iterator[str]:
    everything, without = (champion.scores[name] for name in (Usage.PRIVATE_TEST, WITHOUT_COPIES))
    copies = everything.faces - without.faces
    told = f", {copies:,} of them copies" if copies else ""
    yield (f"{champion.architecture} is right on {_in_words(without)} faces that it never met; on all of PrivateTest, "
           f"which others report, on {_in_words(everything)} faces{told}.")


def _in_words(score: Score) -> str:
    low, high = percent(score.accuracy_low), percent(score.accuracy_high)
    return f"{percent(score.accuracy)} % [{low}, {high}] of {score.faces:,}"


def _ensemble(ensemble: Difference, vote: Vote, champion: Outcome) -> str:
    if vote.record and len(vote.record["members"]) == 1:
        return f"The ensemble is {champion.architecture} alone: no vote was better on PublicTest."
    gain = -ensemble.difference
    seen = f"{points(gain)} points [{points(-ensemble.high)}, {points(-ensemble.low)}]"
    cost = f"{vote.flops / champion.flops:.1f} times the computation"
    if not ensemble.real:
        return (f"The ensemble, at {cost}, differs from it by {seen}: these faces do not tell whether it is better, so "
                f"{champion.architecture} will do.")
    if gain > 0:
        return f"The ensemble is better by {seen}: use it where {cost} does not matter."
    return f"The ensemble is worse by {seen}, although PublicTest chose it: use {champion.architecture}."


def _networks(champion: Outcome, others: Iterable[Difference], networks: Iterable[Outcome]) -> Iterator[str]:
    others, flops = list(others), {one.architecture: one.flops for one in networks}
    alike = [one.other for one in others if not one.real]
    better = [one.other for one in others if one.real and one.difference < 0]
    worse = [one.other for one in others if one.real and one.difference > 0]
    if better:
        yield (f"Better than {champion.architecture} on PrivateTest, although PublicTest chose it: "
               f"{', '.join(better)}.")
    if alike:
        told = ", ".join(f"{name}{_cheaper(champion.flops, flops[name])}" for name in alike)
        yield f"Not to be told apart from {champion.architecture} on these faces: {told}; their order is no finding."
    if worse:
        yield f"Worse on these faces: {', '.join(worse)}."


def _cheaper(champion: int, other: int) -> str:
    return f" (at 1/{champion / other:.1f} of the computation)" if 2 * other < champion else ""
