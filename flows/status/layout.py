"""Sections of a page in the terminal: a title, and entries that are wrapped behind it and may have a colour."""

import textwrap
from collections.abc import Iterable, Iterator

import typer

MOST_WIDTH = 120
TITLE = 11          # characters
UNBROKEN = "\N{NO-BREAK SPACE}"     # inside names while lines are wrapped; the page is shown without


def section(title: str, entries: Iterable[str], width: int) -> Iterator[str]:
    """Entries behind a title, wrapped to `width` characters; an indented entry goes on with its own indentation."""
    first = True
    for entry in entries:
        indent = " " * (TITLE + len(entry) - len(entry.lstrip()))
        mark = typer.style(f"{title:<{TITLE}}", bold=True) if first else " " * TITLE
        plain, colour = _colour(entry.strip())
        lines = textwrap.wrap(plain, min(width, MOST_WIDTH) - len(indent), subsequent_indent="  ",
                              break_on_hyphens=False) or [""]
        yield mark + indent[TITLE:] + _styled(lines[0], colour)
        yield from (indent + _styled(line, colour) for line in lines[1:])
        first = False


def painted(text: str, colour: str) -> str:
    """An entry that is to be shown in a colour."""
    return f"{text}\0{colour}"


def _colour(entry: str) -> tuple[str, str | None]:
    plain, _, colour = entry.partition("\0")
    return plain, colour or None


def _styled(line: str, colour: str | None) -> str:
    return typer.style(line, fg=colour) if colour else line
