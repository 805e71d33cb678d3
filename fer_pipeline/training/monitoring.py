"""What follows from the history of a training alone: so nothing of it can be lost by a kill."""

import math
from collections.abc import Sequence

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.recipes import Monitor, Plateau, Recipe

Row = dict[str, float]
DIVERGED = 10.0                     # times the lowest loss so far
GUESSING = math.log(len(EMOTIONS))  # the loss of giving every emotion the same probability


def improves(row: Row, best: Row | None, monitor: Monitor, min_delta: float = 0.0) -> bool:
    """Whether `row` beats `best`: a higher accuracy or a lower loss."""
    if best is None:
        return True
    gain = row[monitor] - best[monitor]
    return (gain if monitor.endswith("accuracy") else -gain) > min_delta


def stops_early(history: Sequence[Row], recipe: Recipe) -> bool:
    """Whether the monitored figure has not improved for the patience."""
    if recipe.early_stopping is None:
        return False
    best, waited = None, 0
    for row in history:
        better = improves(row, best, recipe.early_stopping.monitor)
        best, waited = (row, 0) if better else (best, waited + 1)
    return waited >= recipe.early_stopping.patience


def learning_rate(recipe: Recipe, history: Sequence[Row]) -> float:
    """Of the epoch after `history`, by every schedule that goes by epochs."""
    rate, schedule = recipe.optimizer.learning_rate, recipe.schedule
    if not isinstance(schedule, Plateau):
        return rate
    best, waited = None, 0
    for row in history:
        better = improves(row, best, schedule.monitor, schedule.min_delta)
        best, waited = (row, 0) if better else (best, waited + 1)
        if waited == schedule.patience:
            rate, waited = max(rate * schedule.factor, schedule.floor), 0
    return rate


def require_sound(row: Row, history: Sequence[Row]) -> None:
    """Refuse to go on with a training that has come to nothing.

    Raises:
        InputError: A loss is no number, or the training loss is ten times its lowest so far and above that
            of guessing.
    """
    repair = "Lower optimizer.learning_rate of its recipe in params.yaml, or set optimizer.clip_norm."
    for name, value in row.items():
        if not math.isfinite(value):
            raise InputError(f"The {name.replace('_', ' ')} became {value} in epoch {row['epoch']:.0f}, at learning "
                             f"rate {row['learning_rate']:g}. {repair}")
    lowest = min((one["loss"] for one in history), default=math.inf)
    if row["loss"] > max(DIVERGED * lowest, GUESSING):
        raise InputError(f"The training diverges: loss {row['loss']:.3g} in epoch {row['epoch']:.0f}, after "
                         f"{lowest:.3g} before, at learning rate {row['learning_rate']:g}. {repair}")
