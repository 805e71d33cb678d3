"""Figures of what the stage analyse found. Each takes values and returns a Figure; legends stand beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.reporting.figures import blank_figure, in_per_cent
from fer_pipeline.reporting.svg import COLOURS

MODEL_COLOURS = ("private", "ink")          # of the champion and of the ensemble
FEWEST = 10     # faces: a dot of fewer says nothing


def plot_reliability(models: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Accuracy by confidence, as the models say it and after their temperature; on the diagonal they are honest.

    Args:
        models: By name, what stands under a set of faces in a file of the stage analyse; two at most.
    """
    figure = blank_figure(460, 270)
    for place, (axes, (key, title)) in enumerate(zip(figure.subplots(1, 2, sharey=True), (
            ("calibration", "as it says"), ("calibrated", "with its temperature")), strict=True)):
        axes.plot([0, 1], [0, 1], color=COLOURS["line"], linewidth=1.2)
        for colour, found in zip(MODEL_COLOURS, models.values(), strict=False):
            _bins(axes, found[key]["bins"], COLOURS[colour])
        axes.set_title(title)
        axes.set_xlabel("confidence")
        if not place:
            axes.set_ylabel("accuracy")
        _unit_square(axes)
    return figure


def _bins(axes: Axes, bins: Sequence[Mapping[str, Any]], colour: str) -> None:
    told = [one for one in bins if one["faces"] >= FEWEST]
    most = max((one["faces"] for one in told), default=1)
    axes.plot([one["confidence"] for one in told], [one["accuracy"] for one in told], color=colour, linewidth=1.2)
    axes.scatter([one["confidence"] for one in told], [one["accuracy"] for one in told], color=colour,
                 s=[12 + 60 * one["faces"] / most for one in told], zorder=3)


def plot_curves(models: Mapping[str, pd.DataFrame], x: str, y: str) -> Figure:
    """A panel an emotion with one curve a model, from the points that the stage analyse wrote; two models at most."""
    figure = blank_figure(460, 250)
    panels = figure.subplots(2, 4, sharex=True, sharey=True).ravel()
    for axes, emotion in zip(panels, EMOTIONS, strict=False):
        for colour, points in zip(MODEL_COLOURS, models.values(), strict=False):
            own = points[points["emotion"] == emotion]
            axes.plot(own[x], own[y], color=COLOURS[colour], linewidth=1.4)
        axes.set_title(emotion)
        _unit_square(axes)
    panels[-1].set_visible(False)
    figure.supxlabel(x.replace("_", " "), color=COLOURS["muted"], fontsize="medium")
    figure.supylabel(y.replace("_", " "), color=COLOURS["muted"], fontsize="medium")
    return figure


def _unit_square(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    in_per_cent(axes.yaxis, ticks=False)
