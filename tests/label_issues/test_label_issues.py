"""`fer label-issues` on drawn faces with planted errors: real trainings of a small network."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from fer_pipeline.data.faces import read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.label_issues import command
from fer_pipeline.label_issues.cheapest import cheapest
from fer_pipeline.label_issues.command import find_label_issues
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.stages import train as stage

ROOT = Path(__file__).parents[2]
RUN = """
from fer_pipeline.label_issues.command import find_label_issues
from fer_pipeline.params import load_params
find_label_issues(load_params(), entry=None, folds=2, seed=1)
"""
QUICK = {"epochs": 2, "hyperparameters": {"size": 20, "filters": [2, 4], "units": [8, 8]}}
CSV, PAGE = command.FOLDER / "label_issues.csv", command.FOLDER / "label_issues.html"
SAVE = ResumeState.save


def find(params, folds: int = 2) -> bytes:
    find_label_issues(params, entry="small", folds=folds, seed=1)
    return CSV.read_bytes()


def die(state: ResumeState) -> None:
    state._lock.close()     # as a dead process's is
    raise InterruptedError("killed")


def interrupt(settings, monkeypatch, save) -> None:
    """A quick run that dies where `save` says."""
    monkeypatch.setattr(ResumeState, "save", save)
    with pytest.raises(InterruptedError):
        find(settings(**QUICK))
    monkeypatch.setattr(ResumeState, "save", SAVE)


def test_planted_errors_rank_far_above_chance(prepared, settings, capsys):
    find(settings(), folds=3)
    ranked = pd.read_csv(CSV)
    share = len(prepared.planted) / len(ranked)
    worst = ranked.head(len(prepared.planted))
    assert worst["row"].isin(prepared.planted).mean() > 8 * share
    assert ranked.loc[ranked["row"].isin(prepared.planted), "is_issue"].mean() > 0.6
    assert not ranked["row"].isin(prepared.quarantined).any()
    assert len(ranked) == len(prepared.training) - len(prepared.quarantined)
    said = capsys.readouterr().out
    learned, held_out = map(int, re.search(r"Fold 1 of 3: (\d+) faces to learn from, (\d+) held out", said).groups())
    assert learned + held_out == len(ranked)
    assert held_out == pytest.approx(len(ranked) / 3, abs=5)
    assert "Fold 3 of 3: " in said
    assert "ETA 0:00" in said
    assert "labels are in doubt" in PAGE.read_text()


def test_no_network_learns_from_a_copy_of_what_it_is_asked_about(prepared, settings, monkeypatch):  # noqa: ARG001
    asked: list[int] = []
    train = stage.train

    def looked_at(entry, recipe, seed, compute, training_file, *rest):
        learned = read_faces(training_file)
        pictures = {face.tobytes() for face in learned.pixels}
        everything = command._sound_faces()
        held_out = everything.take(~np.isin(everything.row, learned.row))
        assert not any(face.tobytes() in pictures for face in held_out.pixels)
        asked.extend(held_out.row)
        train(entry, recipe, seed, compute, training_file, *rest)

    monkeypatch.setattr("fer_pipeline.label_issues.out_of_fold.train", looked_at)
    find(settings(**QUICK))
    assert sorted(asked) == sorted(command._sound_faces().row)


@pytest.fixture
def process(prepared, params) -> Callable[..., subprocess.Popen]:  # noqa: ARG001
    """Starts the command as a process of its own, on params.yaml with the default entry and two folds."""
    content = YAML(typ="safe").load(Path("params.yaml"))
    content["architectures"] = {"small": {**content["architectures"]["lenet5"], **QUICK}}
    YAML(typ="safe").dump(content, Path("params.yaml"))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return lambda: subprocess.Popen([sys.executable, "-c", RUN], env=environment, text=True, stdout=subprocess.PIPE)


@pytest.mark.faults
def test_a_run_killed_between_folds_goes_on_to_the_same_bytes(process):
    with process() as whole:
        assert "Fold 1 of 2: 52" in whole.communicate()[0]
    expected, page = CSV.read_bytes(), PAGE.read_bytes()
    with process() as killed:
        next(line for line in killed.stdout if re.match("Fold 1 of 2: .* called as they are labelled", line))
        killed.kill()
    assert killed.returncode == -9
    CSV.unlink()
    with process() as resumed:
        said = resumed.communicate()[0]
    assert "Fold 1 of 2: 52" not in said
    assert "Fold 2 of 2: 52" in said
    assert CSV.read_bytes() == expected
    assert PAGE.read_bytes() == page


@pytest.mark.usefixtures("prepared")
def test_a_run_killed_within_a_fold_goes_on_with_its_next_epoch(settings, monkeypatch, capsys):
    whole = find(settings(**QUICK))
    of_the_run: list[ResumeState] = []

    def die_in_the_second_fold(state, arrays):
        SAVE(state, arrays)
        if state.name.startswith("label-issues"):
            of_the_run.append(state)
        if state.name.endswith("fold-2"):
            of_the_run[0]._lock.close()
            die(state)

    interrupt(settings, monkeypatch, die_in_the_second_fold)
    capsys.readouterr()
    assert find(settings(**QUICK)) == whole
    assert "Going on after epoch 1 of 2" in capsys.readouterr().out


@pytest.mark.usefixtures("prepared")
def test_other_settings_or_folds_start_from_nothing(settings, monkeypatch, capsys):
    def die_after_a_fold(state, arrays):
        SAVE(state, arrays)
        if state.name.startswith("label-issues"):
            die(state)

    interrupt(settings, monkeypatch, die_after_a_fold)
    capsys.readouterr()
    find_label_issues(settings(**QUICK), entry="small", folds=2, seed=2)
    assert "Fold 1 of 2: 52" in capsys.readouterr().out


def test_the_default_entry_trains_with_the_fewest_operations(settings, recipe):
    small, large = recipe(epochs=2), recipe(architecture="four_conv_cnn", epochs=1)
    assert cheapest({"large": large, "small": small}) == "small"
    assert cheapest({"long": recipe(epochs=9), "short": recipe(epochs=8)}) == "short"
    assert cheapest(settings().architectures) == "small"


@pytest.mark.usefixtures("prepared")
def test_an_unknown_entry_names_the_known_ones(settings):
    with pytest.raises(InputError, match=r"No entry 'lenet6' under 'architectures'\. params\.yaml has: small\. Name"):
        find_label_issues(settings(), entry="lenet6", folds=3, seed=1)


@pytest.mark.parametrize("file", [command.TRAINING, command.VERDICTS, command.PUBLIC_TEST, command.PROVENANCE])
@pytest.mark.usefixtures("prepared")
def test_what_is_not_prepared_yet_is_named_before_any_training(settings, file, capsys):
    file.unlink()
    with pytest.raises(InputError, match=rf"{file} not found\. `dvc repro` or `fer train-all` makes it"):
        find_label_issues(settings(), entry="small", folds=3, seed=1)
    assert "Fold 1" not in capsys.readouterr().out
