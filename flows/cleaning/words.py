"""`fer clean` as people read it."""

import textwrap

from flows.cleaning.items import Item, Plan

UNITS = ("bytes", "kB", "MB", "GB", "TB")
KIND = 14       # characters
SIZE = 10
MOST_WIDTH = 120


def as_text(plan: Plan, width: int) -> str:
    """A line an item with its size, the total, and what stays and why."""
    width = min(width, MOST_WIDTH)
    lines = [_line(item, width) for item in plan.items]
    total = f"{'Total':<{width - SIZE}}{size_words(plan.size):>{SIZE}}" if plan.items else "Nothing to remove."
    kept = [textwrap.fill(f"{'Stays' if index == 0 else '':<{KIND}}{sentence}", width, subsequent_indent=" " * KIND,
                          break_on_hyphens=False, drop_whitespace=True, replace_whitespace=False)
            for index, sentence in enumerate(plan.kept)]
    return "\n".join([*lines, total, *kept])


def _line(item: Item, width: int) -> str:
    size = "" if item.size is None else size_words(item.size)
    what = textwrap.shorten(item.what, width - KIND - SIZE - 1, placeholder=" …")
    return f"{item.kind:<{KIND}}{what:<{width - KIND - SIZE}}{size:>{SIZE}}"


def size_words(size: float) -> str:
    """Bytes as 1.3 GB, decimal."""
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == UNITS[0] else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {UNITS[-1]}"
