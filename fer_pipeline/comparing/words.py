"""A comparison for people, as plain text or Markdown, and for machines."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from textwrap import fill
from typing import Any

from tabulate import tabulate

from fer_pipeline.comparing.differences import Comparison, Difference
from fer_pipeline.comparing.runs import Output, Run
from fer_pipeline.evaluation.metrics import Figures
from fer_pipeline.reporting.markdown_table import escaped, markdown_table
from fer_pipeline.reporting.numbers import MISSING, count, percent
from fer_pipeline.reporting.results import JUDGED

WIDTH = 110     # columns of running text
ENSEMBLE = "the ensemble"
SHOWN = ("data/", "artifacts/models/")      # outputs named one by one; others are counted
NOTHING = "nothing"
SHORT = 8       # characters of a checksum
PULL = "`dvc pull` brings it from a remote; for another revision than this, `git checkout` that first."
LEGEND = (
    "Accuracy in per cent with its 95 % interval and the number of faces; difference in points. Real: McNemar's mid-p "
    "on the same faces, corrected by Holm for all networks tested on that set, is below 5 %; the interval beside it is "
    "Newcombe's, of that network alone. PrivateTest judges and chooses nothing."
)
HEADINGS = ("network", "faces", "before", "after", "points", "difference")


@dataclass(frozen=True)
class Table:
    """Cells under a title, and how many columns from the right hold numbers."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def as_text(found: Comparison) -> str:
    """For a terminal."""
    tables = [f"{table.title}\n{_plain(table)}" for table in _tables(found)]
    head, notes = ("\n".join(fill(line, WIDTH) for line in lines) for lines in (_head(found), _notes(found)))
    return "\n\n".join([head, *tables, notes])


def _plain(table: Table) -> str:
    if not table.rows:
        return NOTHING
    return str(tabulate(table.rows, table.headings, tablefmt="simple", disable_numparse=True))


def as_markdown(found: Comparison) -> str:
    """For a pull request."""
    tables = [f"### {table.title}\n\n" + (markdown_table(table.headings, table.rows, numbers=0) if table.rows
                                         else NOTHING) for table in _tables(found)]
    head, notes = ("\n".join(f"- {escaped(line)}" for line in lines) for lines in (_head(found), _notes(found)))
    return "\n\n".join([f"## {escaped(found.after.name)} against {escaped(found.before.name)}", head, *tables, notes])


def as_json(found: Comparison) -> str:
    """For machines; the ensemble is the network null."""
    return json.dumps({
        "before": _run(found.before), "after": _run(found.after),
        "differences": [{**asdict(one), "change": one.change, "overlap": one.overlap} for one in found.differences],
        "params": found.params,
        "outputs": {path: [end and end.md5 for end in ends] for path, ends in found.outputs.items()},
    }, indent=2, ensure_ascii=False)


def _run(run: Run) -> dict[str, Any]:
    return {"name": run.name, "revision": run.revision, "champion": run.champion, "ensemble": run.votes,
            "networks": sorted(run.named), "without_figures": _without_figures(run)}


def _head(found: Comparison) -> Iterator[str]:
    before, after = found.before, found.after
    yield f"Before: {before.name}. After: {after.name}."
    champions = [run.champion or "none" for run in (before, after)]
    yield f"Champion by PublicTest: {_from_to(champions, same=champions[0] == champions[1])}."
    yield f"Members of the ensemble: {_votes(before, after)}."
    for run, other in ((before, after), (after, before)):
        if alone := sorted(run.named - other.named):
            yield f"Only in {run.name}: {', '.join(alone)}."
        if failed := _without_figures(run):
            yield f"Without figures in {run.name}, failed or not run: {', '.join(failed)}."


def _without_figures(run: Run) -> list[str]:
    return sorted(run.named - run.networks.keys())


def _from_to(ends: Sequence[str], *, same: bool) -> str:
    return f"{ends[0]}, before and after" if same else f"before {ends[0]}; after {ends[1]}"


def _votes(before: Run, after: Run) -> str:
    known = before.votes is not None and after.votes is not None
    same = before.votes == after.votes if known else before.vote_md5 == after.vote_md5
    return _from_to([_members(before), _members(after)], same=same)


def _members(run: Run) -> str:
    if run.votes is not None:
        return ", ".join(f"{name} × {votes}" for name, votes in run.votes.items())
    return "none" if run.vote_md5 is None else "not in the cache (`dvc pull`)"


def _tables(found: Comparison) -> Iterator[Table]:
    yield Table("Accuracy", HEADINGS, [_row(one, found) for one in found.differences])
    yield Table("Parameters that differ", ("parameter", "before", "after"),
                [(name, *(_value(change[end]) for end in ("old", "new"))) for name, change in found.params.items()])
    yield Table("Data and models that differ", ("output", "before", "after"),
                [(path, *map(_checksum, ends)) for path, ends in found.outputs.items() if path.startswith(SHOWN)])


def _row(one: Difference, found: Comparison) -> list[str]:
    heading = next(heading for key, heading, _ in JUDGED if key == one.faces)
    return [one.network or ENSEMBLE, heading, _accuracy(one.before), _accuracy(one.after), _points(one.change),
            _verdict(one, found)]


def _accuracy(figures: Figures | None) -> str:
    if figures is None:
        return MISSING
    return (f"{percent(figures['accuracy'])} ({percent(figures['accuracy_low'])}–{percent(figures['accuracy_high'])}), "
            f"{count(figures['faces'])}")


def _points(change: float | None) -> str:
    return MISSING if change is None else f"{round(100 * change, 1) + 0:+.1f}"     # + 0: never -0.0


def _verdict(one: Difference, found: Comparison) -> str:
    if one.before is None:
        return _missing(one, found.after, found.before)
    if one.after is None:
        return _missing(one, found.before, found.after)
    if one.unchanged:
        return "none: the same predictions"
    if one.test is None:
        return "intervals overlap" if one.overlap else "intervals do not overlap"
    return (f"{'real' if one.test.real else 'not real'}: p {_p(one.test.corrected_p)}, "
            f"{_points(one.test.low)} to {_points(one.test.high)}")


def _missing(one: Difference, having: Run, lacking: Run) -> str:
    return f"no figures in {lacking.name}" if one.network in lacking.named else f"only in {having.name}"


def _p(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def _value(value: Any) -> str:
    return MISSING if value is None else str(value)


def _checksum(output: Output | None) -> str:
    return MISSING if output is None else output.md5[:SHORT]


def _notes(found: Comparison) -> Iterable[str]:
    if others := sum(not path.startswith(SHOWN) for path in found.outputs):
        yield f"{others} further outputs of DVC differ: `--json` names them."
    yield LEGEND
    reasons = sorted((one.not_paired, one.network or ENSEMBLE) for one in found.differences if one.not_paired)
    for reason, networks in groupby(reasons, key=lambda pair: pair[0]):
        yield f"Intervals alone for {', '.join(dict.fromkeys(name for _, name in networks))}: {reason}."
    if any("cache" in reason for reason, _ in reasons):
        yield PULL
