"""The figure of accuracy on corrupted faces: a small panel a corruption, all with the same scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fer_pipeline.reporting.figures import UNIT
from fer_pipeline.reporting.svg import COLOURS

COLUMNS = 2
WIDTH, PANEL_HEIGHT = 460, 185      # pixels of the page
GAP = 0.08                          # inches above and below a panel


def plot_robustness(robustness: Mapping[str, Any]) -> Figure:
    """Accuracy with its 95 % interval at each strength, in the order of params.yaml; dashed, that without corruption.

    Args:
        robustness: Content of robustness.json, of one corruption at least.
    """
    corruptions = robustness["corruptions"]
    rows = -(-len(corruptions) // COLUMNS)
    figure = Figure(figsize=(WIDTH / UNIT, (PANEL_HEIGHT * rows + 10) / UNIT), dpi=UNIT)
    figure.set_layout_engine("constrained", h_pad=GAP)
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for axes, (name, corruption) in zip(panels, corruptions.items(), strict=False):
        _plot(axes, name.replace("_", " "), corruption["strength_is"], corruption["strengths"])
        axes.axhline(robustness["clean"]["accuracy"], color=COLOURS["muted"], linewidth=1.2, dashes=(4, 2))
    for axes in panels[len(corruptions):]:
        axes.remove()
    panels[0].set_ylim(0, _top(robustness))
    panels[0].yaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10)))
    panels[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    return figure


def _plot(axes: Axes, name: str, strength_is: str, strengths: Sequence[Mapping[str, float]]) -> None:
    places = np.arange(len(strengths))
    accuracy = np.array([one["accuracy"] for one in strengths])
    ends = np.array([[one["accuracy"] - one["accuracy_low"], one["accuracy_high"] - one["accuracy"]]
                     for one in strengths]).T
    axes.errorbar(places, accuracy, ends, color=COLOURS["private"], marker="o", markersize=5, linewidth=1.4)
    axes.set_xticks(places, [f"{one['strength']:g}".replace("-", "−") for one in strengths])
    axes.set_xlim(-0.5, len(strengths) - 0.5)
    axes.set_xlabel(strength_is, fontsize=9)
    axes.grid(visible=False, axis="x")
    axes.set_title(name)


def _top(robustness: Mapping[str, Any]) -> float:
    highest = [robustness["clean"]["accuracy"], *(one["accuracy_high"] for kind in robustness["corruptions"].values()
                                                  for one in kind["strengths"])]
    return float(min(1.05, 1.1 * max(highest)))
