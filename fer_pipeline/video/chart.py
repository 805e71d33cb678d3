"""The emotions of the longest tracks over time, a panel each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.annotation import COLOURS
from fer_pipeline.progress import duration
from fer_pipeline.reporting.svg import COLOURS as INK
from fer_pipeline.reporting.svg import page_style
from fer_pipeline.video import timeline
from fer_pipeline.video.timeline import Told
from fer_pipeline.video.tracks import GAP

PANELS = 4
LEAST_SECONDS = 1.0
STEPS = 400             # across the chart; more than that cannot be told apart
SHORTEST_STEP = 0.05    # s
WIDTH, PANEL_HEIGHT, REST_HEIGHT = 10.0, 1.7, 1.0   # inches


def write_chart(timeline_file: Path, tracks: Sequence[Told], seconds: float, title: str, file: Path) -> None:
    """Draw a timeline, reading it once more row by row.

    Args:
        timeline_file: Its csv.
        tracks: Its tracks.
        seconds: Length of the video.
        title: Of the chart.
        file: .svg or .png to write.
    """
    chosen = longest(tracks)
    shares = _shares(timeline_file, chosen, seconds)
    with page_style():
        figure = _figure(chosen, shares, seconds, title)
        figure.savefig(file, dpi=120, metadata={"Date": None} if file.suffix == ".svg" else None)


def longest(tracks: Sequence[Told]) -> list[Told]:
    """The few longest in sight, of at least a second, in order of appearance."""
    lasting = [track for track in tracks if track.seen >= LEAST_SECONDS]
    return sorted(sorted(lasting, key=lambda track: -track.seen)[:PANELS], key=lambda track: track.number)


def _shares(file: Path, chosen: Sequence[Told], seconds: float) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Of each track: seconds `(steps,)` and mean probabilities `(7, steps)`, NaN where it was not seen."""
    steps = {track.number: _edges(track, seconds) for track in chosen}
    sums = {number: np.zeros((len(EMOTIONS), len(edges) - 1)) for number, edges in steps.items()}
    counts = {number: np.zeros(len(edges) - 1) for number, edges in steps.items()}
    for row in timeline.read(file):
        number = int(row["track"])
        if number in steps:
            place = np.searchsorted(steps[number], float(row["second"]), side="right") - 1
            sums[number][:, place] += [float(row[emotion]) for emotion in EMOTIONS]
            counts[number][place] += 1
    return {number: _filled(steps[number], sums[number], counts[number]) for number in steps}


def _edges(track: Told, seconds: float) -> np.ndarray:
    """Of the steps from its first row to beyond its last."""
    length = track.last - track.first
    step = max(seconds / STEPS, SHORTEST_STEP, length / max(1, track.rows - 1))
    return np.asarray(track.first + step * np.arange(int(length / step) + 2))


def _filled(edges: np.ndarray, sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps between two sights are drawn from one to the other unless the face was away for longer than `GAP`."""
    middles, seen = (edges[:-1] + edges[1:]) / 2, np.flatnonzero(counts)
    means = np.stack([np.interp(middles, middles[seen], line[seen] / counts[seen]) for line in sums])
    after = np.clip(np.searchsorted(seen, np.arange(len(counts))), 0, len(seen) - 1)
    away = middles[seen[after]] - middles[seen[np.maximum(after - 1, 0)]] > GAP + 2 * (edges[1] - edges[0])
    means[:, (counts == 0) & away] = np.nan
    means[:, seen[-1] + 1:] = np.nan
    return middles, means


def _figure(chosen: Sequence[Told], shares: dict[int, tuple[np.ndarray, np.ndarray]], seconds: float,
            title: str) -> Figure:
    figure = Figure(figsize=(WIDTH, REST_HEIGHT + PANEL_HEIGHT * max(1, len(chosen))), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    panels = figure.subplots(max(1, len(chosen)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, track in zip(panels, chosen, strict=False):
        axes.stackplot(shares[track.number][0], np.nan_to_num(shares[track.number][1]),
                       colors=[COLOURS[emotion] for emotion in EMOTIONS], linewidth=0)
        axes.set_title(f"face {track.number}: {duration(track.first)} to {duration(track.last)}, mostly {track.mostly}")
    if not chosen:
        panels[0].text(0.5, 0.5, f"No face for {LEAST_SECONDS:.0f} s or longer", ha="center", va="center",
                       transform=panels[0].transAxes, color=INK["muted"], fontsize=13)
    for axes in panels:
        _axes(axes, seconds)
    panels[-1].set_xlabel("time, minutes:seconds")
    figure.legend(handles=[Patch(color=COLOURS[emotion], label=emotion) for emotion in reversed(EMOTIONS)],
                  loc="outside right upper", frameon=False)
    return figure


def _axes(axes: Axes, seconds: float) -> None:
    axes.set(xlim=(0, max(seconds, SHORTEST_STEP)), ylim=(0, 1))
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=(1, 1.5, 2, 3, 5, 6, 10)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: _clock(second)))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.set_yticks([0, 0.5, 1])


def _clock(second: float) -> str:
    return duration(second) if second == int(second) else f"{duration(int(second))}.{round(second % 1 * 10)}"
