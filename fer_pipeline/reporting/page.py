"""The report page: everything it shows as values, and the template they go into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.members import ENSEMBLE
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.reporting import analysis_figures, augmented_faces, face_sheets, figures, numbers, per_emotion
from fer_pipeline.reporting.conclusions import conclusions, differences
from fer_pipeline.reporting.explanations import Explanations
from fer_pipeline.reporting.published import compare
from fer_pipeline.reporting.published_figures import GRADES
from fer_pipeline.reporting.results import JUDGED, Outcome, Verdict
from fer_pipeline.reporting.seeds import seed_groups
from fer_pipeline.reporting.svg import inline_svg, page_style
from fer_pipeline.reporting.vote import Vote

CURVES = {"roc": ("false_positive_rate", "true_positive_rate"), "precision_recall": ("recall", "precision")}


@dataclass(frozen=True)
class Analysis:
    """What the stage analyse wrote of the models that are there now.

    Attributes:
        models: By name, the ensemble among them.
        compared: By set of faces, the comparison of all; None if a model is missing.
        curves: By kind of `CURVES`, points by model.
    """

    models: Mapping[str, Mapping[str, Any]]
    compared: Mapping[str, Any] | None
    curves: Mapping[str, Mapping[str, pd.DataFrame]]


@dataclass(frozen=True)
class ReportData:
    """Everything the page shows.

    Attributes:
        outcomes: Of the architectures that params.yaml names, ranked.
        vote: The ensemble.
        recipes: How each was trained, by architecture, as in params.yaml.
        left_over: Files of architectures that params.yaml does not name.
        provenance: Content of provenance.json.
        versions: Of the packages that made the figures.
        validation: Content of the validation summary.
        balanced_validation: That of the balanced set.
        balance: Emotion, before, after, weight, share_before, share_after, strategy; a row an emotion.
        origins: Position, row, emotion, operation, amount of the faces that balancing made.
        training: The faces before balancing.
        balanced: The faces after it.
        private_test: The faces of PrivateTest.
        explained: What explains the champion; None where the stage examine left nothing of it.
    """

    profile: str
    outcomes: Sequence[Outcome]
    vote: Vote
    analysis: Analysis
    recipes: Mapping[str, Mapping[str, Any]]
    verdict: Verdict
    left_over: Sequence[str]
    provenance: Mapping[str, Any]
    versions: Mapping[str, str]
    validation: Mapping[str, Any]
    balanced_validation: Mapping[str, Any]
    balance: pd.DataFrame
    origins: pd.DataFrame
    training: Faces
    balanced: Faces
    private_test: Faces
    explained: Explanations | None

    @cached_property
    def valid(self) -> list[Outcome]:
        """Outcomes with figures, best first."""
        return [one for one in self.outcomes if not one.failure]

    @cached_property
    def failed(self) -> list[Outcome]:
        """Outcomes without figures."""
        return [one for one in self.outcomes if one.failure]


def environment(*, escape: bool = True) -> jinja2.Environment:
    """Templates of this package; with `escape` everything put into them becomes html."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, package_path=""), autoescape=escape, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True)
    for function in (numbers.percent, numbers.three_decimals, numbers.count, numbers.magnitude, numbers.duration,
                     numbers.points, numbers.p_value):
        templates.filters[function.__name__] = function
    templates.filters["words"] = _words
    return templates


def style() -> Markup:
    """The style sheet of every page."""
    return Markup(files(__package__).joinpath("style.css").read_text())


def _words(name: str) -> str:
    """A key of a file as a person reads it: copy_of_public_test is `copy of PublicTest`."""
    return name.replace("public_test", Usage.PUBLIC_TEST).replace("training", Usage.TRAINING).replace("_", " ")


def render(data: ReportData) -> str:
    """The page as one html text that needs no script, no network and no other file; equal data give equal bytes."""
    champion = data.verdict.champion
    rates = {one.architecture: per_emotion.rates(one.predictions[Usage.PRIVATE_TEST]) for one in data.valid}
    shown = _shown(data)
    compared = (data.analysis.compared or {}).get(Usage.PRIVATE_TEST)
    with page_style():
        svg = {**_figures(data), **_analysis_figures(data, shown)}
    return environment().get_template("report.html.j2").render(
        data=data, champion=champion, svg=svg, style=style(),
        usages=list(Usage), emotions=EMOTIONS, judged=JUDGED,
        confusions={name: per_emotion.confusion(one) for name, one in _judged(data).items()},
        rates=rates, macro_recall=per_emotion.macro_recall, shown=shown, compared=compared,
        conclusions=list(conclusions(champion, data.vote, compared, data.valid)) if champion else [],
        differences=differences,
        sorting=_sorting(), seed_groups=seed_groups(data.valid, data.recipes),
        samples=face_sheets.sample_sheet(data.training.pixels, data.training.emotion),
        augmented=augmented_faces.pair_sheet(data.training, data.balanced, data.origins) if len(data.origins) else None,
        judged_faces=_judged_sheet(data, champion) if champion else None,
        published=compare(data.outcomes, data.recipes, data.profile, data.provenance), grades=GRADES,
        loss_limit=figures.HIGHEST_LOSS)


def _judged(data: ReportData) -> dict[str, Predictions]:
    """PrivateTest predictions of every model, the ensemble first."""
    vote = {ENSEMBLE: data.vote.predictions[Usage.PRIVATE_TEST]} if data.vote.scores else {}
    return {**vote, **{one.architecture: one.predictions[Usage.PRIVATE_TEST] for one in data.valid}}


def _shown(data: ReportData) -> list[str]:
    """The two models whose analysis is drawn: the champion and the ensemble, as far as there are any."""
    names = [data.verdict.champion.architecture if data.verdict.champion else "", ENSEMBLE]
    return [name for name in names if name in data.analysis.models]


def _sorting() -> Markup:
    """A script that lets a reader sort the leaderboard; the page is whole without it."""
    return Markup(files(__package__).joinpath("sorting.js").read_text())


def _analysis_figures(data: ReportData, shown: Sequence[str]) -> dict[str, Markup]:
    if not shown:
        return {}
    found = {name: data.analysis.models[name]["sets"][Usage.PRIVATE_TEST] for name in shown}
    drawn = {kind: analysis_figures.plot_curves({name: data.analysis.curves[kind][name] for name in shown}, *axes)
             for kind, axes in CURVES.items()}
    names = " and ".join(shown)
    return {
        "reliability": _inline(analysis_figures.plot_reliability(found), "reliability",
                               f"Lines: accuracy of {names} by confidence, before and after their temperature."),
        **{kind: _inline(figure, kind, f"Curves of {names}, a panel an emotion: {' and '.join(CURVES[kind])}.")
           for kind, figure in drawn.items()}}


def _judged_sheet(data: ReportData, champion: Outcome) -> face_sheets.Sheet:
    predictions = champion.predictions[Usage.PRIVATE_TEST]
    position = {row: index for index, row in enumerate(data.private_test.row.tolist())}
    missing = [row for row in predictions.row.tolist() if row not in position]
    if missing:
        raise ValueError(f"Predictions of {champion.architecture} name {len(missing)} PrivateTest rows that the array "
                         f"file does not have, first {missing[0]}. Run judge@{champion.architecture} again.")
    return face_sheets.judged_sheet(
        data.private_test.pixels[[position[row] for row in predictions.row.tolist()]], predictions)


def _figures(data: ReportData) -> dict[str, Markup]:
    svg = {
        "counts": _inline(figures.plot_face_counts(data.validation["faces"]), "counts",
                          "Bars: share of each emotion in Training, PublicTest and PrivateTest."),
        "balance": _inline(figures.plot_balance(data.balance), "balance",
                           "Bars: Training faces of each emotion and their share of the loss, before and after."),
        **_history_figures(data.valid),
    }
    if data.valid:
        svg["accuracies"] = _inline(figures.plot_accuracies(data.valid), "accuracies",
                                    "Dots: accuracy of each architecture with its 95 % interval.")
    if len(data.valid) > 1:
        svg["pareto"] = _inline(figures.plot_pareto(data.valid), "pareto",
                                "Dots: PublicTest accuracy of each architecture by its FLOPs.")
    return svg


def _history_figures(outcomes: Iterable[Outcome]) -> dict[str, Markup]:
    histories = {one.architecture: one.history for one in outcomes if one.history is not None and len(one.history)}
    if not histories:
        return {}
    limit = figures.highest_loss(histories.values())
    return {
        f"history:{name}": _inline(
            figures.plot_history(history, loss_limit=limit), f"history{number}",
            f"Loss and accuracy of {name} over {len(history)} epochs; best PublicTest accuracy "
            f"{numbers.percent(history['public_test_accuracy'].max())} %.")
        for number, (name, history) in enumerate(histories.items())}


def _inline(figure: Figure, name: str, description: str) -> Markup:
    return Markup(inline_svg(figure, name=name, description=description))
