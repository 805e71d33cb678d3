"""What a search found, in words: accuracies with their intervals, what mattered, and the commands that go on."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.study import Study
from optuna.trial import FrozenTrial

from fer_pipeline.errors import InputError
from fer_pipeline.search.plan import Plan
from fer_pipeline.search.space import changes, own_values

FAILURE, FIGURES = "failure", "PublicTest"      # attributes of a trial
SHOWN = 5               # trials
ENOUGH_TRIALS = 15      # to say what mattered: of fewer, chance makes anything matter


def summary(plan: Plan, study: Study, finished: Sequence[FrozenTrial]) -> str:
    """The end of `fer search`.

    Args:
        plan: What was asked for.
        study: All its trials.
        finished: Those with `FIGURES` or a `FAILURE`.

    Raises:
        InputError: No trial has figures.
    """
    failed = [trial for trial in finished if FIGURES not in trial.user_attrs]
    complete = sorted((trial for trial in finished if FIGURES in trial.user_attrs),
                      key=lambda trial: (-trial.user_attrs[FIGURES]["accuracy"], trial.number))
    if not complete:
        raise InputError(f"None of the {len(finished)} trials has an accuracy. The last failed so: "
                         f"{failed[-1].user_attrs[FAILURE]} Repair that, commit it, and search again.")
    paragraphs = [
        *(f"{plan.experiment(trial.number)} failed: {trial.user_attrs[FAILURE]}" for trial in failed),
        f"Best {min(SHOWN, len(complete))} of {len(finished)} trials by PublicTest, a column a trial:",
        table(plan, complete[:SHOWN]),
        _caution(complete[0]),
        _importances(study, len(complete)),
        _commands(plan, complete[0]),
    ]
    return "\n" + "\n".join(paragraphs)


def table(plan: Plan, trials: Sequence[FrozenTrial]) -> str:
    """Accuracies in per cent and values of trials, a column each."""
    figures = [trial.user_attrs[FIGURES] for trial in trials]
    rows = [
        ["", *(f"-{trial.number + 1}" + " own" * _is_own(plan, trial) for trial in trials)],
        ["PublicTest", *(_percent(one) for one in figures)],
        ["95 % interval", *(_interval(one) for one in figures)],
        *([_short(path), *(_text(_value(plan, trial, path)) for trial in trials)] for path in own_values(plan.recipe)),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def values_line(plan: Plan, drawn: Mapping[str, Any]) -> str:
    """What a trial changes in the recipe, its epochs aside."""
    changed = changes(plan.recipe, drawn)
    return ", ".join(f"{_short(path)} {_text(value)}" for path, value in changed.items()) or "the entry's own values"


def accuracy(figures: Mapping[str, float]) -> str:
    """An accuracy as people read it: `61.4 % [59.8, 63.0]`."""
    return f"{_percent(figures)} {_interval(figures)}"


def _percent(figures: Mapping[str, float]) -> str:
    return f"{100 * figures['accuracy']:.1f} %"


def _interval(figures: Mapping[str, float]) -> str:
    return f"[{100 * figures['accuracy_low']:.1f}, {100 * figures['accuracy_high']:.1f}]"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
    return "  ".join(["", row[0].ljust(widths[0]), *cells]).rstrip()


def _value(plan: Plan, trial: FrozenTrial, path: str) -> Any:
    return plan.changes(trial.params).get(path, own_values(plan.recipe)[path])


def _is_own(plan: Plan, trial: FrozenTrial) -> bool:
    return not changes(plan.recipe, trial.params)


def _short(path: str) -> str:
    return path.rsplit(".", 1)[-1]


def _text(value: float | None) -> str:
    return "null" if value is None else f"{value:g}"


def _caution(best: FrozenTrial) -> str:
    faces = best.user_attrs[FIGURES]["faces"]
    return (f"The intervals come from {faces:,} PublicTest faces: a difference smaller than they are wide means "
            "nothing,\nand the best of many trials looks better than it is. PrivateTest was not looked at.")


def _importances(study: Study, complete: int) -> str:
    if complete < ENOUGH_TRIALS:
        return f"What mattered cannot be told from {complete} trials; from {ENOUGH_TRIALS} on it is."
    shares = optuna.importance.get_param_importances(study)
    return "What mattered, by Optuna's PED-ANOVA: " + ", ".join(
        f"{_short(path)} {share:.0%}" for path, share in list(shares.items())[:SHOWN])


def _commands(plan: Plan, best: FrozenTrial) -> str:
    return f"{_take_over(plan, best)}\nSee every trial: dvc exp show --only-changed"


def _take_over(plan: Plan, best: FrozenTrial) -> str:
    if _is_own(plan, best):
        return "No trial beat the entry's own values: there is nothing to take over."
    shorter = f"; first set its epochs back to {plan.recipe.epochs}" if plan.epochs != plan.recipe.epochs else ""
    return (f"Take the best over: dvc exp apply {plan.experiment(best.number)}\n"
            f"Then judge it: fer train-all{shorter}")
