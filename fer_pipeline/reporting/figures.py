"""The figures of the page. Each takes values and returns a Figure; legends stand beside it in the page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.reporting.numbers import magnitude
from fer_pipeline.reporting.results import Outcome
from fer_pipeline.reporting.svg import COLOURS

LETTER = 6.2                                # width of a letter at the size of figure text, generously
UNIT = 72                                   # user units of the SVG an inch: sizes below are pixels of the page
GUESSING_LOSS = float(np.log(len(EMOTIONS)))
HIGHEST_LOSS = 2 * GUESSING_LOSS            # beyond, a diverged network would flatten everybody's curves
USAGE_COLOURS = {Usage.TRAINING: "training", Usage.PUBLIC_TEST: "public", Usage.PRIVATE_TEST: "private"}
DOTS = (("PublicTest", "public", "o"), ("PrivateTest", "private", "s"), ("PrivateTest_without_copies", "strict", "D"))


def blank_figure(width: float, height: float) -> Figure:
    """An empty one of that many pixels of the page."""
    return Figure(figsize=(width / UNIT, height / UNIT), dpi=UNIT, layout="constrained")


def in_per_cent(axis: Axis, *, ticks: bool = True) -> None:
    """Write fractions in per cent; with `ticks` also choose where they stand."""
    if ticks:
        axis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
    axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def plot_face_counts(faces: Mapping[Usage, Mapping[str, int]]) -> Figure:
    """Bars: the share of each emotion in each usage, so that usages of different size compare."""
    figure = blank_figure(460, 230)
    axes = figure.add_subplot()
    for offset, (usage, colour) in enumerate(USAGE_COLOURS.items()):
        total = max(sum(faces[usage].values()), 1)
        shares = [faces[usage][emotion] / total for emotion in EMOTIONS]
        axes.bar(np.arange(len(EMOTIONS)) + 0.27 * (offset - 1), shares, 0.24, color=COLOURS[colour])
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS)
    axes.grid(visible=False, axis="x")
    in_per_cent(axes.yaxis)
    return figure


def plot_balance(counts: pd.DataFrame) -> Figure:
    """Bars: Training faces of each emotion before and after balancing, and beneath the share each has of the loss."""
    figure = blank_figure(460, 400)
    faces, shares = figure.subplots(2, 1)
    place = np.arange(len(counts))
    for axes, before, after, title in ((faces, "before", "after", "faces"),
                                       (shares, "share_before", "share_after", "share of the loss")):
        axes.bar(place - 0.2, counts[before], 0.36, color=COLOURS["training"])
        axes.bar(place + 0.2, counts[after], 0.36, color=COLOURS["good"])
        axes.set_xticks(place, counts["emotion"])
        axes.grid(visible=False, axis="x")
        axes.set_title(title)
    faces.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    in_per_cent(shares.yaxis)
    return figure


def highest_loss(histories: Iterable[pd.DataFrame]) -> float:
    """Upper end of everybody's loss axis: their largest loss, but not beyond twice that of guessing."""
    losses = np.concatenate([history[["loss", "public_test_loss"]].to_numpy().ravel() for history in histories])
    finite = losses[np.isfinite(losses)]
    return min(float(finite.max(initial=GUESSING_LOSS)) * 1.05, HIGHEST_LOSS)


def plot_history(history: pd.DataFrame, *, loss_limit: float) -> Figure:
    """Loss and accuracy by epoch, Training beside PublicTest; a dot where PublicTest accuracy was best."""
    figure = blank_figure(420, 190)
    loss, accuracy = figure.subplots(1, 2)
    for axes, quantity in ((loss, "loss"), (accuracy, "accuracy")):
        axes.plot(history["epoch"], history[quantity], color=COLOURS["training"], dashes=(4, 1.6))
        axes.plot(history["epoch"], history[f"public_test_{quantity}"], color=COLOURS["public"])
        axes.set_title(quantity)
        axes.set_xlim(0.5, len(history) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    best = history.iloc[[int(history["public_test_accuracy"].fillna(0).to_numpy().argmax())]]
    accuracy.plot(best["epoch"], best["public_test_accuracy"], "o", markersize=6, color=COLOURS["public"],
                  markeredgecolor=COLOURS["surface"])
    loss.set_ylim(0, loss_limit)
    accuracy.set_ylim(0, 1)
    in_per_cent(accuracy.yaxis)
    return figure


def plot_accuracies(outcomes: Sequence[Outcome]) -> Figure:
    """Dots with their 95 % intervals, an architecture a row in the order given, three usages beneath each other."""
    figure = blank_figure(460, 46 + 34 * max(len(outcomes), 5))
    axes = figure.add_subplot()
    for place, outcome in enumerate(outcomes):
        for offset, (name, colour, marker) in enumerate(DOTS):
            score = outcome.scores[name]
            y = place + 0.24 * (offset - 1)
            axes.plot([score.accuracy_low, score.accuracy_high], [y, y], color=COLOURS[colour], linewidth=1.6)
            axes.plot(score.accuracy, y, marker, color=COLOURS[colour], markersize=6)
    axes.set_yticks(range(len(outcomes)), [outcome.architecture for outcome in outcomes], color=COLOURS["ink"])
    axes.set_ylim(len(outcomes) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    in_per_cent(axes.xaxis)
    return figure


@dataclass(frozen=True)
class Priced:
    """PublicTest accuracy of an architecture with its 95 % interval, and what it costs, in whatever unit."""

    architecture: str
    cost: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def pareto_front(architectures: Iterable[Priced]) -> list[Priced]:
    """Architectures that no other beats on PublicTest at the same or less cost; cheapest first."""
    front: list[Priced] = []
    for one in sorted(architectures, key=lambda one: (one.cost, -one.accuracy)):
        if not front or one.accuracy > front[-1].accuracy:
            front.append(one)
    return front


def plot_pareto(outcomes: Sequence[Outcome]) -> Figure:
    """PublicTest accuracy by computation; the line joins the architectures that nobody beats at their cost."""
    priced = [Priced(one.architecture, one.flops, score.accuracy, score.accuracy_low, score.accuracy_high)
              for one in outcomes for score in [one.scores["PublicTest"]]]
    return _plot_pareto(priced, "FLOPs a face, all views", lambda flops: magnitude(flops, digits=1))


def plot_latency(architectures: Sequence[Priced]) -> Figure:
    """PublicTest accuracy by milliseconds a face; the line joins those that nobody beats at their latency."""
    return _plot_pareto(architectures, "milliseconds a face, batch 1", lambda milliseconds: f"{milliseconds:g}")


def _plot_pareto(architectures: Sequence[Priced], unit: str, in_words: Callable[[float], str]) -> Figure:
    figure = blank_figure(460, 46 + 34 * min(max(len(architectures), 5), 9))
    axes = figure.add_subplot()
    front = pareto_front(architectures)
    axes.step([one.cost for one in front], [one.accuracy for one in front], where="post", color=COLOURS["line"],
              linewidth=2)
    for one in architectures:
        axes.plot([one.cost] * 2, [one.accuracy_low, one.accuracy_high], color=COLOURS["muted"], linewidth=1)
        axes.plot(one.cost, one.accuracy, "o", markersize=7, color=COLOURS["public" if one in front else "muted"])
    _cost_axis(axes, [one.cost for one in architectures], unit, in_words)
    in_per_cent(axes.yaxis)
    figure.draw_without_rendering()     # the layout settles, and with it where the labels fall
    _label_apart(axes, [(one.architecture, one.cost, one.accuracy) for one in architectures])
    return figure


def _cost_axis(axes: Axes, costs: Sequence[float], unit: str, in_words: Callable[[float], str]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(min(costs) / 2, max(costs) * 4)
    wide = max(costs) > 20 * min(costs)
    axes.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: in_words(value)))
    axes.set_xlabel(unit)


def _label_apart(axes: Axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Name each point at the first of a few places around it where neither point nor name is in the way."""
    spots = [axes.transData.transform((x, y)) for _, x, y in points]
    taken = [(x - 4, x + 4, y - 4, y + 4) for x, y in spots]
    for (name, x, y), spot in zip(points, spots, strict=True):
        width = LETTER * len(name)
        places = [(side, up) for up in (0, 9, -9, 18, -18, 27, -27) for side in ("left", "right")]
        boxes = {place: _label_box(spot, width, *place) for place in places}
        side, up = next((place for place in places if not any(_overlap(boxes[place], box) for box in taken)), places[0])
        taken.append(boxes[side, up])
        axes.annotate(name, (x, y), (8 if side == "left" else -8, up), textcoords="offset points", ha=side, va="center")


def _label_box(spot: np.ndarray, width: float, side: str, up: float) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a name beside a point, in pixels."""
    left = spot[0] + 8 if side == "left" else spot[0] - 8 - width
    return left, left + width, spot[1] + up - 6, spot[1] + up + 6


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
