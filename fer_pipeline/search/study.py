"""`fer search`: trials that Optuna proposes, one experiment each, kept in .fer so that a killed search goes on."""

import json

import dvc.api
import numpy as np
import optuna
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from fer_pipeline.params import load_params
from fer_pipeline.search.baseline import find_baseline
from fer_pipeline.search.clone import Clone, TrialFailed, cloned, locked
from fer_pipeline.search.plan import Plan, recipe_of, require_positive
from fer_pipeline.search.space import distributions, own_values
from fer_pipeline.search.summary import FAILURE, FIGURES, accuracy, summary, values_line

KILLED = "killed"       # the failure of a trial until it says otherwise


def search(entry: str, *, trials: int, epochs: int | None, seed: int) -> str:
    """Run what is missing of a search.

    Args:
        entry: Of params.yaml, whose own values are the first trial.
        trials: To be finished in all, failed ones included.
        epochs: Of a trial; None for the recipe's own.
        seed: Of what Optuna draws.

    Returns:
        The best trials, what mattered, and how to take the best one over.

    Raises:
        InputError: Unknown entry, no trials, no baseline to start from, or another search for it is running.
    """
    require_positive("--trials", trials)
    recipe = recipe_of(entry, load_params())
    require_positive("--epochs", recipe.epochs if epochs is None else epochs)
    baseline = find_baseline(entry)
    plan = Plan(entry, recipe, trials, epochs or recipe.epochs, seed, baseline.commit)
    with locked(plan.folder) as lock:
        study = open_study(plan)
        print(f"{plan.name}: {plan.epochs} epochs a trial, seed {seed}, at commit {plan.commit[:7]}. "
              f"{len(finished(study))} of {trials} trials are done.", flush=True)
        if len(finished(study)) < trials:
            with cloned(baseline, plan.folder, lock) as clone:
                while len(finished(study)) < trials:
                    _run_trial(study, plan, clone, baseline.metrics_file)
    return summary(plan, study, finished(study))


def open_study(plan: Plan) -> Study:
    """The study of a plan, new or as an earlier call left it; a trial that was killed is to be repeated."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=f"sqlite:///{plan.folder}.db", study_name=plan.name, direction="maximize",
                                load_if_exists=True)
    if not study.get_trials():
        study.enqueue_trial(own_values(plan.recipe))
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
    return study


def finished(study: Study) -> list[FrozenTrial]:
    """Trials with an accuracy or with a failure of their own."""
    return [trial for trial in study.get_trials(states=(TrialState.COMPLETE, TrialState.FAIL))
            if trial.state is TrialState.COMPLETE or trial.user_attrs.get(FAILURE, KILLED) != KILLED]


def ask(study: Study, plan: Plan) -> Trial:
    """The next trial. What is drawn depends on the seed and on finished trials, not on how often it was killed."""
    seed = int(np.random.SeedSequence([len(finished(study)), plan.seed]).generate_state(1)[0])
    study.sampler = TPESampler(seed=seed, multivariate=True)
    trial = study.ask(distributions(plan.recipe))
    trial.set_user_attr(FAILURE, KILLED)
    return trial


def _run_trial(study: Study, plan: Plan, clone: Clone, metrics_file: str) -> None:
    trial = ask(study, plan)
    experiment = plan.experiment(trial.number)
    number = len(finished(study)) + 1
    print(f"\n{experiment} ({number} of {plan.trials}): {values_line(plan, trial.params)}", flush=True)
    try:
        clone.run(experiment, plan.entry, plan.changes(trial.params))
    except TrialFailed as failure:
        trial.set_user_attr(FAILURE, str(failure))
        study.tell(trial, state=TrialState.FAIL)
        print(f"  failed: {failure}", flush=True)
        return
    figures = json.loads(dvc.api.read(metrics_file, rev=experiment))    # metrics_show wants it in the workspace too
    trial.set_user_attr(FIGURES, figures)
    study.tell(trial, figures["accuracy"])
    print(f"  {accuracy(figures)}; best so far: {plan.experiment(study.best_trial.number)}", flush=True)
