"""Prefect artifacts of refresh and retrain: what changed, what was decided, and why."""

from collections.abc import Callable, Sequence
from typing import Any

from prefect import State
from prefect.artifacts import create_markdown_artifact

from fer_pipeline.drift.gates import Gate
from fer_pipeline.errors import InputError
from fer_pipeline.promotion.contenders import Contender
from fer_pipeline.promotion.releases import ARTIFACT, STAGE, Release
from fer_pipeline.promotion.rule import Decision
from fer_pipeline.reporting.markdown_table import escaped, markdown_table
from flows.publishing.results import with_interval
from flows.retraining.new_data import NewData
from flows.retraining.scheduled_clone import ScheduledClone


def show(key: str, markdown: str) -> None:
    """Create the artifact of a flow run."""
    create_markdown_artifact(key=key, markdown=markdown, description="What changed, what was decided, and why")


def or_failure_page(work: Callable[[], State[Any]], key: str, title: str) -> State[Any]:
    """Do the work; where people can repair something, the artifact says what, too.

    Raises:
        InputError: `work` did.
    """
    try:
        return work()
    except InputError as error:
        show(key, f"# {title}\n\n```\n{error}\n```\n")
        raise


def data_page(data: NewData, clone: ScheduledClone, kept: Sequence[str] = ()) -> str:
    """What became of the data; `kept`: what was done with them."""
    title = "New data" if data.changed else "The data have not changed"
    return "\n\n".join([f"# {title}", *_data(data, clone), *(f"{sentence}." for sentence in kept)]) + "\n"


def decision_page(
    decision: Decision, challenger: Contender, data: NewData, clone: ScheduledClone, commit: str,
    release: Release | None,
) -> str:
    """What was decided; `release`: the one that is in use now."""
    version = release.version if release else "nothing"
    title = f"{version} is released" if decision.promoted else f"{version} stays in use"
    return "\n\n".join([
        f"# {title}", escaped(decision.reason),
        f"Challenger: **{escaped(challenger.name)}**, PublicTest {escaped(with_interval(challenger.figures))}; "
        f"{challenger.flops:,} FLOPs a face; branch `{clone.branch}` at `{commit[:10]}`.",
        f"`dvc artifacts get . {ARTIFACT} --stage {STAGE}` fetches the model in use; `fer rollback` goes back.",
        "## Data", *_data(data, clone)]) + "\n"


def _data(data: NewData, clone: ScheduledClone) -> list[str]:
    told = [f"{escaped(data.in_words())}. Code and settings of `{clone.revision[:10]}`."]
    if data.released is None:
        return [*told, "There is no release yet, so that nothing can have drifted."]
    same = "of the same content" if data.as_released else "of other content"
    return [*told, f"{data.released.version}, which was in use when this began, was made {same}.",
            gates_table(data.gates)]


def gates_table(gates: Sequence[Gate]) -> str:
    """Every drift gate with its value and limit."""
    return markdown_table(
        ["gate", "released", "now", "value", "limit"],
        [[gate.name, gate.before, gate.now, f"{gate.value:.3g}", _limit(gate)] for gate in gates], numbers=2)


def _limit(gate: Gate) -> str:
    if gate.limit is None:
        return "any"
    return f"{gate.limit:.3g}" if gate.limit >= gate.chance else f"{gate.chance:.3g} by chance alone"
