"""What each training computed for its accuracy, beside the recipes that others published for networks of ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from fer_pipeline import catalogue
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.face_sets import PRIVATE_TEST
from fer_pipeline.imported_runs.outcomes import Results
from fer_pipeline.imported_runs.run import Facts, ImportedRun
from fer_pipeline.recipes import Recipe
from fer_pipeline.reporting.figures import blank_figure, in_per_cent
from fer_pipeline.reporting.numbers import magnitude
from fer_pipeline.reporting.published import printed_of
from fer_pipeline.reporting.results import JUDGED
from fer_pipeline.reporting.svg import COLOURS

FACES = 28_709      # of FER-2013's Training
PASSES = 3          # forward, and backward for the inputs and for the weights of every layer
TITLES = {name: title for name, title, _ in JUDGED}
WIDTH, HEIGHT = 620, 380    # pixels
LABEL_GAP = 6               # points
CLOSE = 5, 0.012            # times the FLOPs, and of accuracy: a label as wide as that would cover a mark to its right


@dataclass(frozen=True)
class Computing:
    """One training.

    Attributes:
        accuracy: A fraction, of the faces of `title`.
        interval: 95 %, of ours; None: printed by others.
        flops: Of the whole training: `PASSES` times those of a view, each face, each epoch. What a network that it
            starts from or is taught by computed is not in it.
        seconds: That it took; None: not known.
        plotted: Not of a run that starts from weights, has a teacher or changes a thing of another run.
    """

    name: str
    accuracy: float
    title: str
    interval: tuple[float, float] | None
    flops: float
    seconds: float | None
    plotted: bool = True

    @property
    def rate(self) -> float:
        """FLOPs a second; 0 where the time is not known."""
        return self.flops / self.seconds if self.seconds else 0.0


def computing_of_runs(runs: Sequence[ImportedRun], found: Results) -> list[Computing]:
    """Of our runs, the best on PublicTest first; accuracy on PrivateTest."""
    facts = {run.name: run.facts for run in runs}
    return [Computing(one.architecture, (score := one.scores[PRIVATE_TEST]).accuracy, TITLES[PRIVATE_TEST],
                      (score.accuracy_low, score.accuracy_high), _of_run(facts[one.architecture]),
                      facts[one.architecture].training_seconds, _plotted(facts[one.architecture]))
            for one in found.outcomes]


def computing_of_published(recipes: Mapping[str, Recipe]) -> list[Computing]:
    """Of entries as published, where a figure is printed of faces that we report too; the least first.

    Early stopping may end one before its last epoch; epochs are counted as if it did not.
    """
    return sorted(_published(recipes), key=lambda one: (one.flops, one.name))


def plot_computing(ours: Sequence[Computing], published: Sequence[Computing]) -> Figure:
    """Accuracy over operations: ours from nothing, blue with 95 % intervals, and hollow what others print."""
    figure = blank_figure(WIDTH, HEIGHT)
    axes = figure.add_subplot(xscale="log")
    marks = (*filter(lambda one: one.plotted, ours), *published)
    for one in marks:
        colour = COLOURS["muted" if one.interval is None else "private"]
        if one.interval:
            axes.plot((one.flops, one.flops), one.interval, color=colour, linewidth=2.2)
        axes.plot(one.flops, one.accuracy, "o", color=colour, markersize=6,
                  markerfacecolor=COLOURS["surface"] if one.interval is None else colour)
        axes.annotate(one.name, textcoords="offset points", color=colour, fontsize="small", **_label(one, marks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: magnitude(value, 1)))
    axes.margins(x=0.15, y=0.1)
    axes.set_xlabel("floating-point operations of the training")
    axes.set_title("Accuracy for what a training computes. Blue: ours from nothing, on PrivateTest,\n"
                   "with 95 % intervals. Hollow: recipes as published, on the faces they were printed for.")
    in_per_cent(axes.yaxis)
    return figure


def _label(one: Computing, marks: Sequence[Computing]) -> dict[str, Any]:
    """Where its name stands: right of it, left if that is another's place, above if both are."""
    left = any(_close_by(other, one) for other in marks)
    right = any(_close_by(one, other) for other in marks)
    if left and right:
        top = one.interval[1] if one.interval else one.accuracy
        return {"xy": (one.flops, top), "xytext": (0, LABEL_GAP / 2), "va": "bottom", "ha": "center"}
    gap, ha = (-LABEL_GAP, "right") if right else (LABEL_GAP, "left")
    return {"xy": (one.flops, one.accuracy), "xytext": (gap, 0), "va": "center", "ha": ha}


def _close_by(one: Computing, other: Computing) -> bool:
    wider, higher = CLOSE
    return one.flops < other.flops < wider * one.flops and abs(one.accuracy - other.accuracy) < higher


def _of_run(facts: Facts) -> float:
    return _training_flops(facts.flops, facts.entry["batch_size"], facts.entry.get("steps_per_epoch"), facts.epochs)


def _plotted(facts: Facts) -> bool:
    return facts.weights == "none" and "teacher" not in facts.entry and facts.against is None


def _published(recipes: Mapping[str, Recipe]) -> Iterator[Computing]:
    for name, recipe in recipes.items():
        printed = printed_of(recipe.model_dump()) if recipe.recipe == "as_published" else None
        if printed and not printed.estimate and printed.faces in TITLES:
            view = flops(catalogue.build(recipe.architecture, **recipe.hyperparameters))
            yield Computing(name, printed.accuracy, TITLES[printed.faces], None,
                            _training_flops(view, recipe.batch_size, recipe.steps_per_epoch, recipe.epochs), None)


def _training_flops(view: int, batch_size: int, steps_per_epoch: int | None, epochs: int) -> float:
    return float(PASSES * view * min((steps_per_epoch or FACES) * batch_size, FACES) * epochs)
