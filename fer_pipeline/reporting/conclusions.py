"""What the figures allow to say, and how sure, in sentences."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fer_pipeline.labels import Usage
from fer_pipeline.reporting.numbers import percent, points
from fer_pipeline.reporting.results import Outcome
from fer_pipeline.reporting.vote import Vote

ENSEMBLE = "ensemble"       # its name among the networks of a comparison


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


def conclusions(champion: Outcome, vote: Vote, compared: Mapping[str, Any] | None) -> Iterator[str]:
    """Which model to use and what is certain, a sentence each.

    Args:
        champion: Of one network.
        vote: The ensemble.
        compared: All models on PrivateTest, as the stage analyse writes it.
    """
    yield _worth(champion)
    if compared is None:
        yield "The models are not compared: the stage analyse failed or has not run."
        return
    others = differences(compared, champion.architecture)
    if (ensemble := next((one for one in others if one.other == ENSEMBLE), None)) and not vote.failure:
        yield _ensemble(ensemble, vote, champion)
    yield from _networks(champion.architecture, [one for one in others if one.other != ENSEMBLE])


def _worth(champion: Outcome) -> str:
    score = champion.scores[Usage.PRIVATE_TEST]
    return (f"{champion.architecture} gets {percent(score.accuracy)} % of new faces right; with these "
            f"{score.faces:,} faces anything from {percent(score.accuracy_low)} to "
            f"{percent(score.accuracy_high)} % is believable.")


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


def _networks(champion: str, others: Iterable[Difference]) -> Iterator[str]:
    others = list(others)
    alike = [one.other for one in others if not one.real]
    better = [one.other for one in others if one.real and one.difference < 0]
    worse = [one.other for one in others if one.real and one.difference > 0]
    if better:
        yield f"Better than {champion} on PrivateTest, although PublicTest chose it: {', '.join(better)}."
    if alike:
        yield (f"Not to be told apart from {champion} on these faces: {', '.join(alike)}; their order is no finding.")
    if worse:
        yield f"Certainly worse: {', '.join(worse)}."
