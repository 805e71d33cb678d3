"""The page of results in Markdown: every imported run, the vote, published figures beside them, what each cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_pipeline.imported_runs.changes import SETS, Change, Difference
from fer_pipeline.imported_runs.company import best_together
from fer_pipeline.imported_runs.computing import FACES, Computing, computing_of_runs
from fer_pipeline.imported_runs.outcomes import Results
from fer_pipeline.imported_runs.run import ImportedRun
from fer_pipeline.reporting.markdown import markdown
from fer_pipeline.reporting.markdown_table import markdown_table
from fer_pipeline.reporting.numbers import MISSING, count, duration, magnitude, percent, points
from fer_pipeline.reporting.published import Comparison, Ours, Printed, Row, compare
from fer_pipeline.reporting.published_figures import GRADES
from fer_pipeline.reporting.results import JUDGED

PROFILE = "fer2013"
REBUILD = """## How this page is made

`dvc repro results/dvc.yaml` makes it anew in any clone from the files under [results/fer2013](../../results/fer2013),
without training: each run's predictions for PublicTest and PrivateTest, its history, settings, time and machine. The
faces are not in this repository.

To train one again: `fer profile fer2013`, `fer source PATH/fer2013.csv`, the `entry` of its `run.json` under
`architectures` (or `students`) in params.yaml, `fer train-all`. On a CPU of the same kind with the same versions it
gives the same bytes; elsewhere figures within the spread of seeds.
`python -m fer_pipeline.imported_runs keep CHECKOUT ENTRY` then puts it beside the others.
"""


def page(runs: Sequence[ImportedRun], found: Results, experiments: Sequence[Change], recipes: Sequence[Computing],
         *, picture: str, costs: str) -> str:
    """The page; equal runs give equal bytes.

    Args:
        runs: By name.
        found: What they are worth.
        experiments: Those among them that change a single thing, or a few.
        recipes: Published ones of networks that are here.
        picture: Name of the picture among published figures, beside the page.
        costs: Name of the picture of accuracy over operations.
    """
    provenance = _provenance(runs)
    body = markdown(found.outcomes, found.champion, found.vote, provenance, PROFILE)
    entries, ours = {run.name: run.facts.entry for run in runs}, computing_of_runs(runs, found)
    return "\n\n".join((
        "# FER-2013: results of this project\n\nWritten by `dvc repro results/dvc.yaml`; nobody edits it.",
        body.split("\n\n", 1)[1].rstrip(),
        f"## Beside published figures\n\n![Our networks among published ones on PrivateTest]({picture})\n\n"
        + _published(compare(found.outcomes, entries, PROFILE, provenance)),
        "## How they were trained\n\n" + _trained(runs, found, ours),
        _costs(ours, recipes, costs),
        _voting(found),
        *filter(None, [_changes(experiments), _notes(runs)]),
        REBUILD.rstrip())) + "\n"


def _provenance(runs: Sequence[ImportedRun]) -> Mapping[str, Any]:
    """As acquire writes it; a run on other faces would not have been kept beside the others."""
    (sha256,) = {run.facts.data_sha256 for run in runs}
    return {"source": "path", "description": "fer2013.csv", "synthetic": False, "licence": "as its owner gave it",
            "layout": "fer2013.csv", "split": "official", "sha256": sha256}


def _published(found: Comparison) -> str:
    rows = [row for row in found.rows if row.ours]
    rest = [row.printed for row in found.rows if not row.ours]
    ours = [_beside(row, one) for row in rows for one in row.ours]
    told = [markdown_table(["network", "printed, %", "on", "grade", "ours", "ours, %", "95 % interval", "on", "points"],
                           ours, numbers=1)] if ours else []
    others = markdown_table(["system", "printed, %", "on", "grade", "remark"],
                            [_other(one) for one in (*found.anchors, *rest)], numbers=0)
    grades = "\n".join(f"- **{grade}**: {words}" for grade, words in GRADES.items())
    return "\n\n".join([*told, "Others, and recipes of the five projects that were not run here yet:", others,
                        grades])


def _beside(row: Row, one: Ours) -> list[str]:
    score = one.score
    return [row.printed.system, row.printed.percent, row.printed.faces, row.printed.grade, f"{one.entry}, {one.words}",
            percent(score.accuracy), f"{percent(score.accuracy_low)} to {percent(score.accuracy_high)}",
            one.faces, one.difference]


def _other(one: Printed) -> list[str]:
    return [one.system, one.percent, one.faces, one.grade, one.remark or MISSING]


def _trained(runs: Sequence[ImportedRun], found: Results, ours: Sequence[Computing]) -> str:
    by_name = {run.name: run for run in runs}
    rows = []
    for outcome, one in zip(found.outcomes, ours, strict=True):
        facts = by_name[outcome.architecture].facts
        rows.append([outcome.architecture, str(facts.seed), count(facts.epochs), duration(facts.training_seconds),
                     magnitude(one.flops),
                     facts.hardware + ", bfloat16" * facts.mixed_precision, facts.revision[:10]])
    return markdown_table(["run", "seed", "epochs", "training", "FLOPs", "on", "revision"], rows, numbers=0)


def _costs(ours: Sequence[Computing], recipes: Sequence[Computing], picture: str) -> str:
    most, best = max(one.flops for one in ours), max(one.rate for one in ours)
    rows = [[one.name, percent(one.accuracy), one.title, magnitude(one.flops), duration(one.flops / best)]
            for one in recipes]
    return "\n\n".join((
        f"## What accuracy costs\n\n![Accuracy over what a training computes]({picture})",
        "FLOPs of a training are three times those of a view (forward, and backward for inputs and weights), for each "
        f"of {count(FACES)} faces, each epoch; not those of a network it starts from or is taught by. Ours went up to "
        f"{magnitude(most)}. What the published recipes of networks that are here take, early stopping aside, and how "
        f"long that is at the {magnitude(best)} a second that a core gave ours at best:",
        markdown_table(["entry", "printed, %", "on", "FLOPs", "on one core"], rows, numbers=2)))


def _voting(found: Results) -> str:
    grown = [[count(one.number), one.joined, percent(one.alone), percent(one.public_test), percent(one.private_test),
              f"{percent(one.interval[0])} to {percent(one.interval[1])}", percent(one.named)]
             for one in best_together(found)]
    ways = [[way["method"], count(len(way["votes"])), count(sum(way["votes"].values())), percent(way["accuracy"]),
             percent(way["held_out"]["accuracy"])] for way in (found.vote.record or {"considered": []})["considered"]]
    return "\n\n".join((
        "## What voting brings\n\nThe best on PublicTest, a vote each, and who comes to them, in per cent:",
        markdown_table(["networks", "joined", "alone, PrivateTest", "together, PublicTest", "together, PrivateTest",
                        "95 % interval", "named by one at least"], grown, numbers=5),
        "Ways to choose a vote among all, the one taken first; what a choice is worth is what it has on folds of "
        "PublicTest that did not choose it:",
        markdown_table(["way", "networks", "votes", "where it chose", "on other folds"], ways, numbers=4)))


def _changes(experiments: Sequence[Change]) -> str:
    if not experiments:
        return ""
    rows = [[one.run, one.against, one.settings, *(_difference(one.differences[name]) for name in SETS),
             f"{one.macro_f1:+.3f}".replace("-", "−")]
            for one in experiments]
    sets = [title for name, title, _ in JUDGED if name in SETS]
    table = markdown_table(["run", "against", "what differs", *sets, "macro F1"], rows, numbers=len(sets) + 1)
    return ("## What each change brought\n\n" + table + "\n\nPoints of accuracy on the same faces, after minus before, "
            "with Newcombe's 95 % interval, and macro F1 on PrivateTest; one training each, so the seed's share is in "
            "them.")


def _difference(found: Difference) -> str:
    return f"{points(found.mean)} ({points(found.low)} to {points(found.high)})"


def _notes(runs: Sequence[ImportedRun]) -> str:
    told = [f"- **{run.name}**: {run.facts.note}" for run in runs if run.facts.note]
    return "## What was tried, and what came\n\n" + "\n".join(told) if told else ""
