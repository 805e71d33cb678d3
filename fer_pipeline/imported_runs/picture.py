"""The picture of the page of results: our networks among published ones, all on PrivateTest."""

from collections.abc import Iterator
from typing import NamedTuple

from matplotlib.figure import Figure

from fer_pipeline.evaluation.face_sets import PRIVATE_TEST
from fer_pipeline.imported_runs.outcomes import Results
from fer_pipeline.reporting.figures import blank_figure, in_per_cent
from fer_pipeline.reporting.published_figures import ANCHORS
from fer_pipeline.reporting.svg import COLOURS

WIDTH, ROW, MARGIN = 620, 17, 70        # pixels
SHOWN = ("A", "A?", "B", "B?")          # grades that say something about unseen faces
OURS = 3                                # beside the vote; the best on PublicTest
VOTE = "our vote"


class _Place(NamedTuple):
    name: str
    accuracy: float
    interval: tuple[float, float] | None    # None: published by others
    chosen_apart: bool                      # the faces of the figure chose nothing


def plot_among_published(found: Results) -> Figure:
    """A row a system, the best above: dots of others grey, hollow where PrivateTest chose; ours with 95 % intervals."""
    places = sorted((*_ours(found), *_others()), key=lambda place: -place.accuracy)
    figure = blank_figure(WIDTH, MARGIN + ROW * len(places))
    axes = figure.add_subplot()
    for height, place in enumerate(places):
        colour = COLOURS["muted" if place.interval is None else "private"]
        if place.interval:
            axes.plot(place.interval, (height, height), color=colour, linewidth=2.2)
        axes.plot(place.accuracy, height, "o", color=colour, markersize=6,
                  markerfacecolor=colour if place.chosen_apart else COLOURS["surface"])
    axes.set_yticks(range(len(places)), [place.name for place in places])
    for label, place in zip(axes.get_yticklabels(), places, strict=True):
        label.set(color=COLOURS["muted" if place.interval is None else "ink"],
                  weight="normal" if place.interval is None else "bold")
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_title("Accuracy on PrivateTest. Blue: ours, with 95 % intervals.\n"
                   "Grey: published; hollow where PrivateTest also chose the epoch.")
    in_per_cent(axes.xaxis)
    return figure


def _ours(found: Results) -> Iterator[_Place]:
    for outcome in found.outcomes[:OURS]:
        score = outcome.scores[PRIVATE_TEST]
        yield _Place(outcome.architecture, score.accuracy, (score.accuracy_low, score.accuracy_high), chosen_apart=True)
    if vote := found.vote.scores.get(PRIVATE_TEST):
        yield _Place(VOTE, vote.accuracy, (vote.accuracy_low, vote.accuracy_high), chosen_apart=True)


def _others() -> Iterator[_Place]:
    for anchor in ANCHORS:
        if anchor.faces == PRIVATE_TEST and anchor.grade in SHOWN:
            yield _Place(anchor.system, anchor.accuracy, None, chosen_apart=anchor.grade.startswith("A"))
