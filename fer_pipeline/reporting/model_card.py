"""Model cards of the champion and of the ensemble as Markdown; every figure comes from a file of the run.

Source: Mitchell et al. 2019, "Model cards for model reporting", arXiv 1810.03993.
"""

from collections.abc import Mapping
from typing import Any

from fer_pipeline.evaluation.members import ENSEMBLE
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.reporting.conclusions import conclusions
from fer_pipeline.reporting.numbers import count, magnitude
from fer_pipeline.reporting.page import ReportData, environment
from fer_pipeline.reporting.results import JUDGED


def champion_card(data: ReportData) -> str:
    """The card of the one best network; a sentence if there is none."""
    champion = data.verdict.champion
    if champion is None:
        return f"# Champion\n\nThere is none: {data.verdict.reason}.\n"
    compared = (data.analysis.compared or {}).get(Usage.PRIVATE_TEST)
    return _card(
        data, f"Champion: {champion.architecture}", champion.scores, data.analysis.models.get(champion.architecture),
        chosen_by=f"the best PublicTest accuracy of {len(data.valid)} networks{data.verdict.limit}",
        details=[("Network", champion.made_of), ("Parameters", count(champion.parameters)),
                 ("FLOPs a face, all views", magnitude(champion.flops))],
        conclusions=list(conclusions(champion, data.vote, compared, data.valid)), worst=_worst(data))


def ensemble_card(data: ReportData) -> str:
    """The card of the vote; a sentence if there is none."""
    if data.vote.failure or data.vote.record is None:
        return f"# Ensemble\n\nThere is none: {data.vote.failure}.\n"
    record = data.vote.record
    members = ", ".join(f"{one['architecture']} × {one['votes']}" for one in record["members"])
    return _card(
        data, f"Ensemble of {len(record['members'])}", data.vote.scores, data.analysis.models.get(ENSEMBLE),
        chosen_by=f"{record['method']} on PublicTest (rule {record['rule']})",
        details=[("Members and votes", members), ("Vote", "mean of the members' probabilities, weighted by votes"),
                 ("FLOPs a face, all members and views", magnitude(data.vote.flops))], conclusions=[], worst=None)


def _card(data: ReportData, title: str, scores: Mapping[str, Any], analysis: Mapping[str, Any] | None,
          **facts: Any) -> str:
    return environment(escape=False).get_template("model_card.md.j2").render(
        data=data, title=title, scores=scores, analysis=analysis, judged=JUDGED, emotions=EMOTIONS, **facts)


def _worst(data: ReportData) -> dict[str, Any] | None:
    """The corruption that costs the champion most."""
    if data.explained is None:
        return None
    tried = [{**one, "name": name} for name, kind in data.explained.robustness["corruptions"].items()
             for one in kind["strengths"]]
    return min(tried, key=lambda one: float(one["difference"]), default=None)
