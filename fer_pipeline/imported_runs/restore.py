"""From an imported run back to a checkout, as if the entry had been trained there."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML

from fer_pipeline.distillation.teacher import read_teacher
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.origin import as_learnt, origin_of
from fer_pipeline.imported_runs.places import HISTORIES, MODELS, RUN_LOG, TEACHER, TRAINS
from fer_pipeline.imported_runs.run import Facts, ImportedRun, Teacher, teachers_of
from fer_pipeline.imported_runs.weights import kept_network
from fer_pipeline.params_text import with_entry
from fer_pipeline.recipes import Recipe, Student
from fer_pipeline.runtime.run_log import append, now
from fer_pipeline.runtime.whole_file import write_whole
from fer_pipeline.training.archive import archive_of


def restore(run: ImportedRun, place: Path, checkout: Path, entry: str) -> bool:
    """Write model and history as outputs of the entry's training, which DVC then takes for done; later stages judge it.

    An entry that params.yaml lacks is added. Run again after a kill, it ends what it began.

    Args:
        run: A student's teachers are the ensemble of the checkout.
        place: Its folder, with its weights.
        checkout: On the run's data, in which `dvc repro balance` ended; of a student, `dvc repro ensemble`.
        entry: Its name there.

    Returns:
        Whether the model is the one that was judged, to the bit; else it is that one in float16.

    Raises:
        InputError: The run keeps no weights; the checkout has other data, does other things to Training, has another
            teacher or something else under that name; or DVC refuses.
    """
    facts = run.facts
    section = "students" if isinstance(facts.recipe, Student) else "architectures"
    _require_same_origin(run, checkout)
    model = archive_of(kept_network(place, facts.recipe))
    text = _with_recipe(checkout / "params.yaml", section, entry, facts)
    _write_new(checkout / MODELS[section] / f"{entry}.keras", model)
    _write_new(checkout / HISTORIES / f"{entry}.csv", (place / "history.csv").read_bytes())
    write_whole(checkout / "params.yaml", text.encode())
    stage = f"{TRAINS[section]}@{entry}"
    if section == "students":
        _dvc(checkout, "repro", f"teach@{entry}")
    _dvc(checkout, "commit", "--force", stage)
    checksum = hashlib.sha256(model).hexdigest()
    append(checkout / RUN_LOG, {
        "stage": stage, "flow": None, "started": now(), "host": "imported run", "seconds": 0.0,
        "device": facts.hardware, "succeeded": True, "training_seconds": facts.training_seconds,
        "epochs": facts.epochs, "model_sha256": checksum})
    return checksum == facts.model_sha256


def _require_same_origin(run: ImportedRun, checkout: Path) -> None:
    facts, here = run.facts, origin_of(checkout)
    for name, theirs, own, repair in (
        ("data", facts.data_sha256, here.data_sha256, "Give that source with `fer source`, then `dvc repro balance`"),
        ("Training", as_learnt(facts.training, facts.recipe), as_learnt(here.training, facts.recipe),
         "Set balance and validate of params.yaml so, then `dvc repro balance`"),
        ("teachers", _votes(facts.teachers), _votes(_teachers(checkout, facts)),
         "Restore those that taught it, take other entries of architectures out, then `dvc repro ensemble`"),
    ):
        if theirs != own:
            raise InputError(f"{run.name} was trained on other {name} than {checkout} has: {theirs}, and here {own}. "
                             f"{repair}.")


def _teachers(checkout: Path, facts: Facts) -> tuple[Teacher, ...]:
    """The ensemble of the checkout, if the run is a student's."""
    file = checkout / TEACHER
    return teachers_of(read_teacher(file)) if isinstance(facts.recipe, Student) and file.is_file() else ()


def _votes(teachers: Iterable[Teacher]) -> dict[str, int]:
    """By checksum of the model: names are those of entries there and of runs here."""
    return {one.model_sha256: one.votes for one in sorted(teachers, key=lambda one: one.model_sha256)}


def _with_recipe(params: Path, section: str, entry: str, facts: Facts) -> str:
    """The text of params.yaml, in which the entry has that recipe."""
    text, recipe = params.read_text(), {**facts.entry, "seed": facts.seed}
    content = YAML(typ="safe").load(text)
    there = (content[section] or {}).get(entry)
    if there is None:
        return with_entry(text, section, entry, recipe)
    if _settings({"seed": content["train"]["seed"], **there}, facts.recipe) != _settings(recipe, facts.recipe):
        raise InputError(f"{params} has another entry {entry!r}. Choose another name with --entry.")
    return text


def _settings(entry: dict[str, Any], kind: Recipe) -> Recipe | None:
    try:
        return type(kind).model_validate(entry)
    except ValidationError:
        return None


def _write_new(file: Path, content: bytes) -> None:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
    elif file.read_bytes() != content:
        raise InputError(f"{file} is there already, with another content. Choose another name with --entry.")


def _dvc(checkout: Path, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=checkout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(arguments)}` in {checkout} failed: {done.stdout.strip()} Run `dvc repro "
                         "balance` there, then this again.")
