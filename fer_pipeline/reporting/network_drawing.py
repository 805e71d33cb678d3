"""A network as boxes from left to right, for slides and the report: what `fer models NAME` draws.

Layers that belong together are one box, a residual block is one panel, and equal panels in a row are one with `×3`.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path as FilePath
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from fer_pipeline.reporting.figures import UNIT
from fer_pipeline.reporting.network_boxes import BANDS, KINDS, Box, boxes_of, flat
from fer_pipeline.reporting.svg import COLOURS, page_style

Point = tuple[float, float]
JOINS = {"Add": ("+", "residual sum"), "Concatenate": ("&", "maps of all branches")}
HEAD, MARGIN, BETWEEN, LINE = 78, 36, 30, 20        # pixels: title, sides, gap of rows, a line of the legend
GAP, PAD, SUM, BAND = 11, 10, 34, 3                 # between boxes, in panels, a sum's place, a band in a box
ARC, CAPTION, RISE = 30, 34, 0.6                    # above and below boxes; how steep their depth is drawn
WIDEST, SMALL = 1200, 8.0                           # a row, and letters
SCALE = ("Height and depth of a box: pixels of a map. Width: number of maps. Flat bar: a vector, as high as long. All "
         "logarithmic.")


@dataclass(frozen=True)
class _Row:
    """Boxes side by side on a line; distances from it in pixels."""

    boxes: tuple[Box, ...]

    @property
    def above(self) -> float:
        arcs = ARC if any(box.inside for box in self.boxes) else 0
        return arcs + max(height / 2 + RISE * depth for _, height, depth in map(_extent, flat(self.boxes)))

    @property
    def below(self) -> float:
        return CAPTION + max(height / 2 for _, height, _ in map(_extent, flat(self.boxes)))

    @property
    def width(self) -> float:
        return sum(map(_slot, self.boxes))


def draw_network(network: Any, file: FilePath, *, title: str, subtitle: str) -> None:
    """Write the drawing of a Keras network as SVG or PNG, by the suffix of `file`; the same network, the same bytes."""
    with page_style(), mpl.rc_context({"font.family": ["DejaVu Sans", "sans-serif"]}):     # the file may travel
        plot_network(network, title=title, subtitle=subtitle).savefig(
            file, dpi=2 * UNIT, metadata={"Date": None, "Creator": None} if file.suffix == ".svg" else None)


def plot_network(network: Any, *, title: str, subtitle: str) -> Figure:
    """Boxes in reading order; to be called within `page_style()`.

    `SCALE` says what the size of a box means; layers whose class is not in `LAYERS` are grey and carry its name.
    """
    rows = _rows(boxes_of(network))
    width = max(640.0, 2 * MARGIN + max(row.width for row in rows))
    legend = _legend([box for row in rows for box in row.boxes], width)
    figure = _canvas(width, HEAD + sum(row.above + row.below + BETWEEN for row in rows) + LINE * (legend[-1][1] + 2.5))
    axes = figure.axes[0]
    axes.text(MARGIN, 30, title, size=15, weight="bold", va="center")
    axes.text(MARGIN, 51, subtitle, size=10, color=COLOURS["muted"], va="center")
    bottom = _draw_rows(axes, rows)
    for left, line, box, label in legend:
        _draw_legend_entry(axes, left, bottom + LINE * line, box, label)
    axes.text(MARGIN, bottom + LINE * (legend[-1][1] + 1.2), SCALE, size=SMALL, color=COLOURS["muted"], va="center")
    return figure


def _extent(box: Box) -> tuple[float, float, float]:
    """Width, height and depth."""
    bands = BAND * len(box.before + box.after)
    if len(box.shape) == 1:
        return (4 if box.kind == "dropout" else 9) + bands, 10 + 6 * math.log2(box.shape[0]), 0
    height = max(5 + 15 * math.log2(box.shape[0]), 12)
    return (4 if box.kind == "dropout" else 2 + 3 * math.log2(box.shape[2] + 1)) + bands, height, 0.2 * height


def _slot(box: Box) -> float:
    """The width a box takes in its row with caption and gap."""
    if box.inside:
        return sum(map(_slot, box.inside)) + SUM + BAND * len(box.after) + 3 * PAD
    width, _, depth = _extent(box)
    return max(width + depth, _text_width(box.text), _text_width(box.size)) + GAP


@cache
def _text_width(text: str) -> float:
    font = FontProperties(family="DejaVu Sans", size=SMALL)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def _rows(boxes: list[Box]) -> list[_Row]:
    """As few rows as `WIDEST` allows, as equally long as may be."""
    fewest = len(_wrapped(boxes, WIDEST))
    return next(rows for limit in range(100, WIDEST + 1, 20) if len(rows := _wrapped(boxes, limit)) == fewest)


def _wrapped(boxes: list[Box], limit: float) -> list[_Row]:
    rows: list[_Row] = []
    for box in boxes:
        if rows and rows[-1].width + _slot(box) <= limit:
            rows[-1] = _Row((*rows[-1].boxes, box))
        else:
            rows.append(_Row((box,)))
    return rows


def _canvas(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width / UNIT, height / UNIT), dpi=UNIT, facecolor=COLOURS["surface"])
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure


def _draw_rows(axes: Axes, rows: list[_Row]) -> float:
    """Draw them beneath each other, joined by arrows; where the last one ends."""
    top = float(HEAD)
    for row, following in zip_longest(rows, rows[1:]):
        line, right, end = top + row.above, MARGIN + row.width - GAP, top + row.above + row.below + BETWEEN
        _draw_row(axes, row, line, enters=row is not rows[0], leaves=following is not None)
        if following:
            between, next_line = end - BETWEEN / 2, end + following.above
            _arrow(axes, [(right, line), (right + 14, line), (right + 14, between), (MARGIN - 18, between),
                          (MARGIN - 18, next_line), (MARGIN, next_line)])
        top = end
    return top


def _draw_row(axes: Axes, row: _Row, line: float, *, enters: bool, leaves: bool) -> None:
    left = float(MARGIN)
    start = left if enters else left + GAP
    end = left + row.width - GAP - (0 if leaves else (_slot(row.boxes[-1]) - GAP) / 2)
    axes.plot([start, end], [line, line], color=COLOURS["muted"], linewidth=1, zorder=1)
    for box in row.boxes:
        (_draw_block if box.inside else _draw_box)(axes, box, left, line, row)
        left += _slot(box)


def _draw_block(axes: Axes, block: Box, left: float, line: float, row: _Row) -> None:
    top, fork, width = line - row.above, left + PAD, _slot(block)
    merge = left + width - PAD - SUM / 2 - BAND * len(block.after)
    axes.add_patch(FancyBboxPatch((left + 2, top), width - PAD, row.above + row.below, facecolor=COLOURS["line"],
                                  boxstyle="round,pad=0,rounding_size=6", linewidth=0, alpha=0.55, zorder=0))
    _arrow(axes, [(fork, line), (fork, top + 18), (merge, top + 18), (merge, line - 9)])
    axes.text((fork + merge) / 2, top + 9, block.text, size=SMALL, ha="center", va="center")
    if block.times > 1:
        axes.text(fork, top + 9, f"×{block.times}", size=10, weight="bold", va="center")
    _draw_join(axes, block, merge, line)
    if block.after:
        _fill(axes, _rectangle(merge + 9, line - 9, BAND * len(block.after), 18), "muted")
    _draw_bands(axes, block.after, merge + 9, line - 9, 18)
    left += 2 * PAD
    for box in block.inside:
        _draw_box(axes, box, left, line, row)
        left += _slot(box)


def _draw_join(axes: Axes, block: Box, x: float, y: float) -> None:
    axes.add_patch(Circle((x, y), 8, facecolor=COLOURS["surface"], edgecolor=COLOURS["ink"], zorder=3,
                          linestyle=(0, (2, 1.5)) if block.dropped else "-"))
    axes.text(x, y, JOINS.get(block.kind, ("?", ""))[0], size=11, ha="center", va="center_baseline", zorder=4)


def _draw_box(axes: Axes, box: Box, left: float, line: float, row: _Row) -> None:
    width, height, depth = _extent(box)
    middle, caption = left + (_slot(box) - GAP) / 2, line + row.below - CAPTION + 8
    left, top, rise = middle - (width + depth) / 2, line - height / 2, RISE * depth
    colour, right = KINDS[box.kind][0], left + width
    _fill(axes, _rectangle(left, top, width, height), colour, pale=box.pale)
    if depth:
        _fill(axes, [(left, top), (left + depth, top - rise), (right + depth, top - rise), (right, top)], colour,
              pale=box.pale, shade="surface")
        _fill(axes, [(right, top), (right + depth, top - rise), (right + depth, top + height - rise),
                     (right, top + height)], colour, pale=box.pale, shade="ink")
    _draw_bands(axes, box.before, left, top, height)
    _draw_bands(axes, box.after, right - BAND * len(box.after), top, height)
    axes.text(middle, caption, box.text, size=SMALL, ha="center", va="top")
    axes.text(middle, caption + 11, box.size, size=SMALL, ha="center", va="top", color=COLOURS["muted"])


def _draw_bands(axes: Axes, bands: Iterable[str], left: float, top: float, height: float) -> None:
    for number, band in enumerate(bands):
        axes.add_patch(Polygon(_rectangle(left + BAND * number, top, BAND, height), linewidth=0, alpha=0.7, zorder=2,
                               facecolor=COLOURS[BANDS[band]]))


def _rectangle(left: float, top: float, width: float, height: float) -> list[Point]:
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def _fill(axes: Axes, corners: list[Point], colour: str, *, pale: bool = False, shade: str = "") -> None:
    """A face of a box, opaque and in colours of the palette alone, which a page may replace."""
    for name, alpha in (("surface", 1.0), (colour, 0.35 if pale else 1.0), (shade, 0.3)):
        if name:
            axes.add_patch(Polygon(corners, facecolor=COLOURS[name], alpha=alpha, edgecolor=COLOURS["surface"],
                                   linewidth=0.5, zorder=2))


def _arrow(axes: Axes, points: list[Point]) -> None:
    """Along `points`, with rounded corners."""
    rounded = [(Path.MOVETO, points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        rounded += [(Path.LINETO, _towards(corner, before)), (Path.CURVE3, corner)]
        rounded += [(Path.CURVE3, _towards(corner, after))]
    codes, places = zip(*rounded, (Path.LINETO, points[-1]), strict=True)
    axes.add_patch(FancyArrowPatch(path=Path(places, codes), arrowstyle="-|>", mutation_scale=7, linewidth=1,
                                   color=COLOURS["muted"], zorder=1))


def _towards(corner: Point, other: Point, distance: float = 5) -> Point:
    share = min(distance / math.dist(corner, other), 0.5)
    return corner[0] + share * (other[0] - corner[0]), corner[1] + share * (other[1] - corner[1])


def _legend(boxes: list[Box], width: float) -> list[tuple[float, int, Box, str]]:
    """Place, line, swatch and name of each entry."""
    entries: list[tuple[float, int, Box, str]] = []
    left, line = float(MARGIN), 0
    for box, label in _legend_entries(list(flat(boxes)), [box for box in boxes if box.inside]):
        needed = 40 + _text_width(label)
        if left + needed > width:
            left, line = float(MARGIN), line + 1
        entries.append((left, line, box, label))
        left += needed
    return entries


def _legend_entries(boxes: list[Box], blocks: list[Box]) -> Iterator[tuple[Box, str]]:
    swatch = Box("convolution", "", (1,))
    for kind, (_, label) in KINDS.items():
        if any(box.kind == kind for box in boxes):
            yield replace(swatch, kind=kind), label
    if any(box.frozen for box in boxes):
        yield replace(swatch, frozen=True), "frozen: does not train"
    for band in BANDS:
        if any(band in box.before + box.after for box in boxes):
            yield replace(swatch, after=(band,)), band
    for kind, dropped in sorted({(block.kind, block.dropped) for block in blocks}):
        label = JOINS.get(kind, ("", kind))[1] + ("; training leaves its branch out at random" if dropped else "")
        yield replace(swatch, kind=kind, dropped=dropped, inside=(swatch,)), label


def _draw_legend_entry(axes: Axes, left: float, line: float, box: Box, label: str) -> None:
    if box.inside:
        _draw_join(axes, box, left + 6, line)
    else:
        _fill(axes, _rectangle(left, line - 6, 12, 12), KINDS[box.kind][0], pale=box.pale)
        _draw_bands(axes, box.after, left + 9, line - 6, 12)
    axes.text(left + 20, line, label, size=SMALL, va="center_baseline")
