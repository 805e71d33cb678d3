"""Predictions for a person's eyes: a table that grows, a progress bar, and what went wrong at the end."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.batch import Outcome
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.outputs import shown
from fer_pipeline.predicting.predictor import Prediction

WIDTHS = {"face": 4, "left, top, side": 19, "emotion": 8, "sure": 5, "next": 13}
GAP = 2             # characters between columns
MOST_FILE = 48      # characters of a path in a line; a longer one takes several
WIDE = 400          # characters, where nobody's terminal limits them


def console() -> Console:
    """Of standard output; as wide as needed where it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDE)


def model_line(card: Card, file: Path, views: int, detector: str) -> str:
    """Which network answers, how good it is, and how faces are found."""
    measured = card.private_test if views > 1 else card.private_test_one_view
    good = f"{measured.accuracy:.1%} on PrivateTest" if measured else "accuracy not on its card"
    seen = f"{views} views a face" if views > 1 else "one view a face"
    return f"Model {card.name} ({file.name}), {good}, {seen}, trained on {card.trained_on}; {detector}"


class Lines:
    """The table, printed line by line."""

    def __init__(self, screen: Console, files: Iterable[Path]) -> None:
        self._screen = screen
        most = max((len(shown(file)) for file in files), default=4)
        room = screen.width - sum(WIDTHS.values()) - GAP * (len(WIDTHS) + 1)
        self._file = max(12, min(most, room, MOST_FILE if screen.is_terminal else most))
        self._print(self._table(header=True))
        screen.print("─" * (self._file + sum(WIDTHS.values()) + GAP * len(WIDTHS)), soft_wrap=True)

    def add(self, outcome: Outcome) -> None:
        """A line a face, or one that says that there is none; nothing of a file that could not be read."""
        if outcome.problem is None:
            table = self._table(header=False)
            name = escape(shown(outcome.file))
            for number, one in enumerate(outcome.predictions, 1):
                table.add_row(name if number == 1 else "", str(number), *_values(one))
            if not outcome.predictions:
                table.add_row(name, "0", "no face found", "", "", "")
            self._print(table)

    def _table(self, *, header: bool) -> Table:
        table = Table(box=None, show_header=header, show_edge=False, pad_edge=False, padding=(0, GAP, 0, 0))
        table.add_column("file", width=self._file, overflow="fold")
        for name, width in WIDTHS.items():
            table.add_column(name, width=width, overflow="fold", no_wrap=False,
                             justify="right" if name in ("face", "sure") else "left")
        return table

    def _print(self, table: Table) -> None:
        self._screen.print(table)


def _values(one: Prediction) -> tuple[str, ...]:
    first, second = one.probabilities.argsort()[::-1][:2]
    where = "" if one.face is None else (f"{one.face.left:.0f}, {one.face.top:.0f}, "
                                         f"{max(one.face.width, one.face.height):.0f}")
    return (where, EMOTIONS[first], f"{one.probabilities[first]:.0%}",
            f"{EMOTIONS[second]} {one.probabilities[second]:.0%}")


def number_of(things: int, name: str) -> str:
    """Such as 1 face, 2 faces."""
    return f"{things:,} {name}" if things == 1 else f"{things:,} {name}s"


def print_problems(bad: Mapping[str, str]) -> None:
    """What could not be read and why, on standard error: a line each where it is no terminal."""
    errors = Console(stderr=True)
    errors.print(f"{len(bad):,} could not be read:", markup=False, highlight=False)
    for name, problem in bad.items():
        line = problem if problem.startswith(name) else f"{name}: {problem}"
        if errors.is_terminal:
            errors.print(Padding(Text(line), (0, 0, 0, 2)))
        else:
            errors.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def followed(some: Iterable[Outcome], total: int, screen: Console) -> Iterator[Outcome]:
    """The same with a progress bar, which only a terminal shows."""
    bar = screen if screen.is_terminal else Console(stderr=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=bar, transient=True, disable=not bar.is_terminal) as progress:
        yield from progress.track(some, total=total, description="pictures")
