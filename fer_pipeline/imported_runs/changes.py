"""What each change of a recipe or of the data brought: a run beside the one it changes, on the same faces."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.face_sets import PRIVATE_TEST, PUBLIC_TEST, WITHOUT_COPIES, face_sets
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.paired_tests import agreement, newcombe_interval
from fer_pipeline.imported_runs.origin import as_learnt
from fer_pipeline.imported_runs.run import Facts, ImportedRun
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.numbers import MISSING

SETS = (PUBLIC_TEST, PRIVATE_TEST, WITHOUT_COPIES)
TOLD_ELSEWHERE = ("recipe", "seed", "weights")      # of the entry: a name in tables, and what the facts say


@dataclass(frozen=True)
class Difference:
    """Accuracy after minus before, fractions, with the ends of Newcombe's 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """One experiment.

    Attributes:
        run: With the change.
        against: Without it.
        settings: What differs, in words.
        differences: By set of faces, those of `SETS`.
        macro_f1: After minus before on PrivateTest.
    """

    run: str
    against: str
    settings: str
    differences: Mapping[str, Difference]
    macro_f1: float


def changes(runs: Sequence[ImportedRun], faces: pd.DataFrame) -> list[Change]:
    """The experiments among `runs`: those that name the run they are to be compared with.

    Args:
        runs: All of a folder.
        faces: As `run.read_faces` gives them.

    Raises:
        InputError: A run is to be compared with one that is not there.
    """
    by_name = {run.name: run for run in runs}
    found = []
    for run in runs:
        if (name := run.facts.against) is None:
            continue
        if name not in by_name:
            raise InputError(f"{run.name} is to be compared with {name}, which is none of {', '.join(by_name)}. Keep "
                             f"that run too, or correct `against` in run.json of {run.name}.")
        before = by_name[name]
        differences = dict(zip(SETS, _differences(run, before, faces), strict=True))
        told = _in_words(*(_settings(each, both_tell=bool(run.facts.training and before.facts.training))
                           for each in (before, run)))
        found.append(Change(run.name, name, told, differences, _macro_f1(run) - _macro_f1(before)))
    return found


def _macro_f1(run: ImportedRun) -> float:
    said = run.predictions[Usage.PRIVATE_TEST]
    return figures(said.emotion_true, said.emotion_pred)["macro_f1"]


def _differences(run: ImportedRun, before: ImportedRun, faces: pd.DataFrame) -> Iterator[Difference]:
    after_sets, before_sets = (face_sets(each.predictions[Usage.PUBLIC_TEST], each.predictions[Usage.PRIVATE_TEST],
                                         faces[faces["usage"] == Usage.PRIVATE_TEST])
                               for each in (run, before))
    for name in SETS:
        one, other = (said[name].emotion_pred == said[name].emotion_true for said in (after_sets, before_sets))
        yield Difference(float(one.mean() - other.mean()), *newcombe_interval(agreement(one, other)))


def _settings(run: ImportedRun, *, both_tell: bool) -> dict[str, Any]:
    """What the weights follow from, flat; without what was done to Training where one of two runs does not tell it."""
    entry = {key: value for key, value in run.facts.entry.items() if key not in TOLD_ELSEWHERE}
    own = {**entry, "weights": run.facts.weights, "seed": run.facts.seed, "mixed_precision": run.facts.mixed_precision}
    return dict(_flat(own | _training(run.facts) if both_tell else own))


def _training(facts: Facts) -> dict[str, Any]:
    """What was done to Training: lists by name, and soft labels where the recipe takes a share of them."""
    told = as_learnt(facts.training, facts.recipe)
    return {**told, "left_out": told["left_out"]["file"]} if told.get("left_out") else told


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    keys = [key for key in (*before, *(key for key in after if key not in before))
            if before.get(key) != after.get(key)]
    return "; ".join(f"{key}: {_told(before, key)} → {_told(after, key)}" for key in keys) or "nothing"


def _told(settings: Mapping[str, Any], key: str) -> str:
    value = settings.get(key, MISSING)
    return f"{value:g}" if isinstance(value, float) else "null" if value is None else str(value)
