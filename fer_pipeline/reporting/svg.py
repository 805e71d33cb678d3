"""Matplotlib figures as inline SVG that takes its colours and its font from the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Stand-ins that the page's style sheet replaces, each by the custom property of its name (light and dark differ).
COLOURS = {
    "ink": "#1b1f25", "muted": "#5a6370", "line": "#dfe3e8", "training": "#5b6b7f", "public": "#b4540a",
    "private": "#1d5fae", "strict": "#6b4fa0", "good": "#1c7a4a", "surface": "#fefefd",
}
SETTINGS: Any = {
    "svg.fonttype": "none",             # text stays text
    "svg.hashsalt": "fer-pipeline",     # the same ids in every run
    "font.family": "DejaVu Sans",       # comes with matplotlib: the same layout on every machine
    "font.size": 10.5,
    "text.parse_math": False,           # an architecture may be named with dollar signs
    "text.color": COLOURS["ink"], "axes.labelcolor": COLOURS["muted"], "axes.edgecolor": COLOURS["line"],
    "xtick.color": COLOURS["muted"], "ytick.color": COLOURS["muted"], "axes.titlesize": 10.5,
    "axes.titlelocation": "left", "axes.titlecolor": COLOURS["ink"], "axes.titleweight": "bold",
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": COLOURS["line"], "grid.linewidth": 0.8,
    "xtick.major.size": 0, "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
    "lines.linewidth": 1.8, "lines.solid_capstyle": "round",
}


@contextmanager
def page_style() -> Iterator[None]:
    """Within, figures are drawn and written in the style of the page."""
    with mpl.rc_context(SETTINGS):
        yield


def inline_svg(figure: Figure, *, name: str, description: str) -> str:
    """Write `figure` as an `<svg>` element.

    Args:
        figure: Drawn within `page_style()`.
        name: Unique on the page; prefixes the ids inside.
        description: What a person who cannot see it should know.

    Returns:
        Markup without namespaces (HTML knows them), metadata or dates; the same figure gives the same text.
    """
    text = StringIO()
    figure.savefig(text, format="svg", transparent=True,
                   metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg"):].strip()
    view_box = re.search(r'viewBox="([^"]*)"', svg)
    body = svg[svg.index(">") + 1:]
    head = f'<svg viewBox="{view_box[1] if view_box else ""}" role="img" aria-label="{escape(description)}">'
    return head + _for_page(body, name)


def _for_page(body: str, name: str) -> str:
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<g) id="[^"]*"', r"\1", body)
    body = re.sub(r'( id="|url\(#|xlink:href="#)', rf"\1{escape(name)}-", body)
    body = re.sub(r" font-family: [^;\"]*;", "", body)     # inherited from the page
    for colour, stand_in in COLOURS.items():
        body = body.replace(stand_in, f"var(--{colour})")
    return re.sub(r"\s*\n\s*", "\n", body)
