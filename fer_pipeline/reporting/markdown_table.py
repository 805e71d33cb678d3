"""Tables and names in GitHub's Markdown, in which a cell may hold any text."""

import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate

BREAK = re.compile(r"\s*[\r\n]\s*")
SPECIAL = re.compile(r"[\\|*<>\[\]]|(?<!\w)_|_(?!\w)")   # an underscore within a word stays one


def escaped(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown would take for its own."""
    return SPECIAL.sub(r"\\\g<0>", BREAK.sub(" ", text.strip()))


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table, escaped; equal cells give equal bytes.

    Args:
        headings: One a column.
        rows: Cells, as many a row as there are headings.
        numbers: How many columns from the right hold numbers; they are aligned to the right.
    """
    cells = [[escaped(cell) for cell in row] for row in (headings, *rows)]
    sides = ["left"] * (len(headings) - numbers) + ["right"] * numbers
    return str(tabulate(cells[1:], cells[0], tablefmt="pipe", disable_numparse=True, colalign=sides))
