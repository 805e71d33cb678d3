"""What a search found, in words: figures with their intervals, what mattered, and the next commands."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from fer_pipeline.errors import InputError
from fer_pipeline.search.plan import Plan
from fer_pipeline.search.space import own_values, rounded

FAILURE, FIGURES = "failure", "PublicTest"      # what a trial's attributes are named
SHOWN = 5               # trials
ENOUGH_TRIALS = 15      # for importances: of fewer, chance makes anything important


def summary(plan: Plan, study: Study) -> str:
    """The end of `fer search`.

    Raises:
        InputError: No trial has an accuracy.
    """
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    failed = [trial for trial in study.get_trials(states=(TrialState.FAIL,)) if trial.user_attrs.get(FAILURE)]
    best = sorted(complete, key=lambda trial: (-(trial.value or 0), trial.number))[:SHOWN]
    return ""
