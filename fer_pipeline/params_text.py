"""Changes of a params.yaml's text that leave every other line of it as it was."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from fer_pipeline.errors import InputError

SECTION = "architectures"
NULL_TAG = "tag:yaml.org,2002:null"
Value = str | int | None


def with_entries(profile: str, kept: Sequence[str]) -> str:
    """The text of a profile without the other entries.

    Raises:
        InputError: An entry that it does not have, or none at all.
    """
    entries = list(YAML(typ="safe").load(profile)[SECTION])
    unknown = [entry for entry in kept if entry not in entries]
    if unknown or not kept:
        raise InputError(f"Unknown entries of {SECTION}: {', '.join(unknown) or 'none is named'}. Available: "
                         f"{', '.join(entries)}. Name one or more of them.")
    lines = profile.splitlines(keepends=True)
    section = next(number for number, line in enumerate(lines) if line.startswith(f"{SECTION}:"))
    left_out = {line for entry in entries if entry not in kept for line in _lines_of(entry, lines, section)}
    return "".join(line for number, line in enumerate(lines) if number not in left_out)


def with_entry(text: str, section: str, entry: str, recipe: Mapping[str, Any]) -> str:
    """The text with one more entry, the last of `architectures` or `students`, a line a setting.

    Raises:
        InputError: The section's entries have no lines of their own.
    """
    lines, entries = text.splitlines(keepends=True), list(YAML(typ="safe").load(text)[section] or {})
    settings = "".join(f"    {key}: {_in_flow(value)}\n" for key, value in recipe.items())
    try:
        first = next(number for number, line in enumerate(lines) if line.startswith(f"{section}:"))
        end = _lines_of(entries[-1], lines, first).stop if entries else first + 1
    except StopIteration:
        raise InputError(f"params.yaml has its {section} on one line. Write an entry a line there, as the profiles "
                         "do.") from None
    before = lines[:end] if entries else [*lines[:first], f"{section}:\n"]
    return "".join([*before, f"  {entry}:\n{settings}", *lines[end:]])


def _in_flow(value: Any) -> str:
    """A value on one line, a mapping in braces."""
    yaml, out = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = True
    yaml.width = 10_000
    yaml.sort_base_mapping_type_on_output = False   # type: ignore[assignment]
    yaml.dump(value, out)
    return out.getvalue().removesuffix("...\n").strip()


def _lines_of(entry: str, lines: list[str], section: int) -> range:
    """Where an entry of the section at that line stands: its key and the deeper lines below, without comments and
    blank lines behind them.
    """
    first = next(number for number, line in enumerate(lines[section:], section)
                 if line.strip().split("#")[0].strip() == f"{entry}:" and _indent(line))
    last = first
    while last + 1 < len(lines) and _indent(lines[last + 1]) > _indent(lines[first]):
        last += 1
    return range(first, last + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else 0


def with_values(text: str, section: str, **values: Value) -> str:
    """The text with values of a section set, comments where they were."""
    lines = text.splitlines(keepends=True)
    for key, value in values.items():
        place = _place(lines, section, key)
        changed = None if place is None else _with_value(lines[place], value)
        if place is None or changed is None:    # a section on one line, or keys in quotes
            return _rewritten(text, section, values)
        lines[place] = changed
    return "".join(lines)


def _place(lines: list[str], section: str, key: str) -> int | None:
    """The line of a section's key."""
    inside = False
    for number, line in enumerate(lines):
        if not line.startswith((" ", "#", "\n")):
            inside = line.startswith(f"{section}:")
        elif inside and re.match(rf"  {key}: +[^\s#]", line):
            return number
    return None


def _with_value(line: str, value: Value) -> str | None:
    found = re.fullmatch(r"( +\w+: +)([^#]*?)( *)(#.*)?\n?", line)
    if found is None:
        return None
    key, before, gap, comment = found.groups(default="")
    now = _as_yaml(value).ljust(len(before + gap) - 1)
    return f"{key}{now} {comment}".rstrip() + "\n"


def _as_yaml(value: Value) -> str:
    if value is None:
        return "null"
    plain = str(value)
    return plain if YAML(typ="safe").load(plain) == value else f"'{plain}'"


def _rewritten(text: str, section: str, values: dict[str, Value]) -> str:
    yaml = YAML()
    yaml.width = 1000   # no line is folded
    yaml.representer.add_representer(type(None), lambda representer, _: representer.represent_scalar(NULL_TAG, "null"))
    params = yaml.load(text)
    params[section] |= {key: SingleQuotedScalarString(value) if isinstance(value, str) else value
                        for key, value in values.items()}   # a plain kaggle:owner/name ends a key on such a line
    out = io.StringIO()
    yaml.dump(params, out)
    return out.getvalue()
