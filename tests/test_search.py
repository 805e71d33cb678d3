"""A search without its experiments: what is drawn, what is written, what is remembered, what is said."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.params import Params
from fer_pipeline.recipes import Recipe
from fer_pipeline.search import clone
from fer_pipeline.search.baseline import find_baseline
from fer_pipeline.search.params_text import with_changes
from fer_pipeline.search.plan import Plan, recipe_of, require_positive
from fer_pipeline.search.space import changes, distributions, own_values
from fer_pipeline.search.study import ask, finished, open_study
from fer_pipeline.search.summary import FAILURE, FIGURES, summary

ROOT = Path(__file__).parents[1]
OPTIMIZERS = {"adam": {"name": "adam", "learning_rate": 0.001}, "adamax": {"name": "adamax", "learning_rate": 0.0001},
              "sgd": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.002}}
CHANGES = {"optimizer.learning_rate": 2.5e-05, "augmentation.zoom": 0.21, "label_smoothing": 0.03,
           "weight_average": None, "epochs": 3}
SHARING = """\
architectures:
  first: &ours
    architecture: se_resnet_48
    epochs: 9                   # enough
    optimizer: &steps {name: sgd, learning_rate: 0.1}
  second: {<<: *ours, architecture: vgg_48}
  third:
    architecture: lenet5
    optimizer: *steps
"""


@pytest.fixture
def plan(recipe: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plan]:
    """Makes plans of a search in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def make(**changes: Any) -> Plan:
        asked = {"entry": "lenet5", "recipe": recipe(), "trials": 3, "epochs": 2, "seed": 1, "commit": "c0ffee"}
        made = Plan(**{**asked, **changes})
        made.folder.mkdir(parents=True, exist_ok=True)
        return made

    return make


# What is drawn

@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_the_own_values_of_every_optimiser_can_be_drawn(recipe, optimizer):
    made = recipe(optimizer=optimizer, weight_average=0.9995, label_smoothing=0.3, augmentation={"mixup": 0.7})
    own = own_values(made)
    assert all(drawn._contains(drawn.to_internal_repr(own[path])) for path, drawn in distributions(made).items())


def test_rates_are_drawn_a_factor_ten_around_the_own(recipe):
    drawn = distributions(recipe(optimizer=OPTIMIZERS["sgd"]))
    assert drawn["optimizer.learning_rate"] == FloatDistribution(0.1 / 10, 0.1 * 10, log=True)
    assert drawn["optimizer.weight_decay"] == FloatDistribution(0.002 / 10, 0.002 * 10, log=True)


def test_weight_decay_that_is_off_may_stay_off(recipe):
    assert distributions(recipe())["optimizer.weight_decay"] == CategoricalDistribution((0.0, 0.0001, 0.001, 0.01))


def test_own_values_change_nothing_and_others_are_rounded(recipe):
    made = recipe(augmentation={"zoom": 0.123456})
    drawn = own_values(made) | {"label_smoothing": 0.0123456, "weight_average": 0.99}
    assert changes(made, own_values(made)) == {}
    assert changes(made, drawn) == {"label_smoothing": 0.0123, "weight_average": 0.99}


# What is written

def test_no_changes_leave_the_text_alone():
    assert with_changes(SHARING, "second", {}) == SHARING


def test_an_entry_that_merges_another_takes_its_own_values_and_no_other_does():
    assert with_changes(SHARING, "second", {"optimizer.learning_rate": 0.02}) == SHARING.replace(
        "vgg_48}", "vgg_48, optimizer: {name: sgd, learning_rate: 0.02}}")


def test_an_entry_that_others_merge_keeps_its_values_for_them():
    text = with_changes(SHARING, "first", {"optimizer.learning_rate": 0.02, "label_smoothing": 0.1})
    assert text.split("  second")[0] == """\
architectures:
  first:
    <<: &ours
      architecture: se_resnet_48
      epochs: 9                 # enough
      optimizer: &steps {name: sgd, learning_rate: 0.1}
    optimizer: {name: sgd, learning_rate: 0.02}
    label_smoothing: 0.1
"""


@pytest.mark.parametrize("entry", ["first", "second", "third"])
def test_no_other_entry_changes_whatever_they_share(entry):
    changed = with_changes(SHARING, entry, CHANGES)
    before, after = (YAML(typ="safe").load(text)["architectures"] for text in (SHARING, changed))
    assert [name for name in before if before[name] != after[name]] == [entry]
    assert after[entry]["optimizer"] == {"name": "sgd", "learning_rate": 2.5e-05}


@pytest.mark.parametrize("entry", ["six_conv_cnn", "vgg16_gap_ours", "se_resnet_48_ours", "vgg_48_ours"])
def test_one_entry_of_a_real_profile_changes_alone(entry):
    text = (ROOT / "profiles" / "fer2013.yaml").read_text()
    before, after = (YAML(typ="safe").load(one) for one in (text, with_changes(text, entry, CHANGES)))
    expected = Params.model_validate(before).architectures[entry].model_dump()
    for path, value in CHANGES.items():
        *sections, key = path.split(".")
        (expected[sections[0]] if sections else expected)[key] = value
    assert Params.model_validate(after).architectures[entry].model_dump() == expected
    others = [{**content, "architectures": {**content["architectures"], entry: None}} for content in (before, after)]
    assert others[0] == others[1]


def test_an_experiment_runs_the_entry_with_its_changes_and_is_pushed(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(clone, "git", lambda *_, **__: "")
    monkeypatch.setattr(clone.Clone, "_dvc", lambda _, *arguments, **__: commands.append(arguments))
    (tmp_path / "params.yaml").write_text(SHARING)
    clone.Clone(tmp_path, {}, lock=0).run("third-1", "third", {"epochs": 2})
    assert (tmp_path / "params.yaml").read_text() == SHARING + "    epochs: 2\n"
    assert commands == [("exp", "run", "--name", "third-1", "evaluate@third"),
                        ("exp", "push", "--no-cache", "--force", "origin", "third-1")]


# What is remembered

def test_the_first_trial_has_the_own_values(plan):
    made = plan()
    assert ask(open_study(made), made).params == own_values(made.recipe)


def test_a_killed_trial_is_repeated_and_what_follows_is_as_if_it_had_not_been(plan):
    killed, whole = plan(), plan(entry="other")
    ask(open_study(killed), killed)
    drawn = []
    for made in (killed, whole):
        study = open_study(made)
        for number in range(3):
            trial = ask(study, made)
            drawn.append(trial.params)
            study.tell(trial, number / 100)
    assert drawn[:3] == drawn[3:]
    assert [one.number for one in finished(open_study(killed))] == [1, 2, 3]


def test_a_trial_that_failed_is_not_repeated(plan):
    made = plan()
    study = open_study(made)
    trial = ask(study, made)
    trial.set_user_attr(FAILURE, "The loss became nan.")
    study.tell(trial, state=TrialState.FAIL)
    again = open_study(made)
    assert [one.number for one in finished(again)] == [0]
    assert ask(again, made).params != trial.params


def test_searches_are_told_apart_by_what_makes_trials_unlike(plan):
    assert plan(trials=9).name == plan().name
    assert len({plan().name, plan(epochs=3).name, plan(seed=2).name, plan(commit="beef").name}) == 4
    assert plan().experiment(0) == f"{plan().name}-1"


def test_fewer_epochs_are_a_change_of_every_trial(plan):
    made = plan(epochs=1)
    assert made.changes(own_values(made.recipe)) == {"epochs": 1}


# What is said

def trial(plan: Plan, number: int, accuracy: float | None, **drawn: Any) -> FrozenTrial:
    """A finished one; it failed if it has no accuracy."""
    figures = accuracy and {"accuracy": accuracy, "accuracy_low": accuracy - 0.1, "accuracy_high": accuracy + 0.1,
                            "faces": 3589}
    made = optuna.trial.create_trial(
        state=TrialState.COMPLETE if accuracy else TrialState.FAIL, value=accuracy,
        params=own_values(plan.recipe) | {path.replace("__", "."): value for path, value in drawn.items()},
        distributions=distributions(plan.recipe),
        user_attrs={FIGURES: figures} if accuracy else {FAILURE: "The loss became nan."})
    made.number = number
    return made


def said(plan: Plan, trials: list[FrozenTrial]) -> str:
    study = optuna.create_study(direction="maximize")
    study.add_trials(trials)
    return summary(plan, study, trials)


def test_the_best_are_shown_with_intervals_and_commands(plan):
    made = plan()
    text = said(made, [trial(made, 0, 0.5), trial(made, 1, 0.625, optimizer__learning_rate=0.02), trial(made, 2, None)])
    assert f"{made.experiment(2)} failed: The loss became nan.\nBest 2 of 3 trials by PublicTest" in text
    table = [line.split() for line in text.split("a column a trial:\n")[1].splitlines()]
    assert table[:4] == [["-2", "-1", "own"], ["PublicTest", "62.5", "%", "50.0", "%"],
                         ["95", "%", "interval", "[52.5,", "72.5]", "[40.0,", "60.0]"],
                         ["learning_rate", "0.02", "0.01"]]
    assert "3,589 PublicTest faces: a difference smaller" in text
    assert "What mattered cannot be told from 2 trials" in text
    assert f"Take the best over: dvc exp apply {made.experiment(1)}\nThen judge it: fer train-all\n" in text


def test_only_five_are_shown_and_ties_go_to_the_earlier(plan):
    made = plan()
    text = said(made, [trial(made, number, 0.5, label_smoothing=number / 100) for number in range(7)])
    assert text.split("a column a trial:\n")[1].split("\n")[0].split() == ["-1", "own", "-2", "-3", "-4", "-5"]
    assert "No trial beat the entry's own values" in text


def test_fewer_epochs_are_to_be_set_back(plan):
    made = plan(epochs=1)
    assert "fer train-all; first set its epochs back to 2\n" in said(made, [trial(made, 1, 0.5, label_smoothing=0.1)])


def test_what_mattered_is_said_of_enough_trials(plan):
    made = plan()
    trials = [trial(made, number, 0.9 - number / 50, label_smoothing=number / 100) for number in range(16)]
    assert "What mattered, by Optuna's PED-ANOVA: label_smoothing " in said(made, trials)


def test_a_search_without_any_accuracy_says_why(plan):
    made = plan()
    with pytest.raises(InputError, match=r"None of the 1 trials has an accuracy. The last failed so: The loss became"):
        said(made, [trial(made, 0, None)])


# What is refused

def test_an_unknown_entry_names_the_choices(params):
    with pytest.raises(InputError, match=r"No entry 'lenet6' under 'architectures'. params.yaml has: lenet5, "):
        recipe_of("lenet6", params)


def test_no_trials_are_refused():
    with pytest.raises(InputError, match=r"--trials is 0; allowed is a whole number from 1\."):
        require_positive("--trials", 0)


def test_without_a_commit_there_are_no_experiments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="Experiments start from a commit: run in a git checkout"):
        find_baseline("lenet5")


def test_uncommitted_changes_of_the_pipeline_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("free")
    for command in ("init", "commit --allow-empty --message start"):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command.split(), "--quiet"],
                       check=True)
    (tmp_path / "params.yaml").write_text("own: change")
    with pytest.raises(InputError, match=r"(?s)no commit holds.*\?\? params\.yaml\nCommit them"):
        find_baseline("lenet5")


def test_two_searches_of_an_entry_exclude_each_other(tmp_path):
    folder = tmp_path / "lenet5"
    refused = pytest.raises(InputError, match=rf"A search for lenet5 is running as process {os.getpid()} already")
    with clone.locked(folder), refused, clone.locked(folder):
        pass


def test_the_search_loads_no_framework():
    code = "import sys, fer_pipeline.search.study; print({'keras', 'tensorflow', 'prefect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout == "set()\n"
