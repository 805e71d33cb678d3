"""Run one stage: `python -m fer_pipeline.stages STAGE [ENTRY] PATH...`, as dvc.yaml does.

The launcher takes a device slot before the stage's module, and so a framework, is imported.
"""

import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from fer_pipeline import architectures, stages
from fer_pipeline.errors import InputError
from fer_pipeline.params import Params, load_params
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.devices import require_seen
from fer_pipeline.runtime.energy import counters_of, recorded_energy
from fer_pipeline.runtime.framework import prepare_framework
from fer_pipeline.runtime.notices import framework_notices_held
from fer_pipeline.runtime.parent import end_with_parent
from fer_pipeline.runtime.run_log import logged_run
from fer_pipeline.runtime.slots import device_slot

STAGES = sorted(module.name for module in pkgutil.iter_modules(stages.__path__) if module.name != "__main__")
# Stages that compute with a framework.
ON_DEVICE = frozenset({"train", "teach", "train_student", "evaluate", "judge", "examine", "export"})


def bind(function: Callable[..., Any], params: Params, arguments: list[str]) -> dict[str, Any]:
    """Arguments of a stage function: sections by name from `params`, the others in order from the command line.

    Raises:
        InputError: The command line has too few or too many arguments.
    """
    bound: dict[str, Any] = {}
    rest = list(arguments)
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "recipe":
            bound[name] = _recipe(params, bound.get("entry"))
        elif (section := _section(params, name)) is not None:
            bound[name] = section
        elif name != "measured" and rest:
            bound[name] = Path(rest.pop(0)) if parameter.annotation is Path else rest.pop(0)
    missing = [name for name in inspect.signature(function).parameters if name not in bound and name != "measured"]
    if missing or rest:
        raise InputError(f"Stage {function.__name__}: missing {missing or 'nothing'}, left over {rest or 'nothing'}. "
                         "Correct its cmd in dvc.yaml.")
    return bound


def _recipe(params: Params, entry: str | None) -> Recipe:
    entries = params.entries
    if entry is None or entry not in entries:
        raise InputError(f"No entry {entry!r} under 'architectures' or 'students'. params.yaml has: "
                         f"{', '.join(entries)}. Name one of these, or add it there.")
    return entries[entry]


def _section(params: Params, name: str) -> Any:
    return getattr(params, {"validate": "validate_"}.get(name, name), None) if name in SECTIONS else None


SECTIONS = frozenset(field.alias or name for name, field in Params.model_fields.items())


@contextmanager
def _device(stage: str, params: Params) -> Iterator[str]:
    if stage not in ON_DEVICE:
        yield "cpu"
        return
    owner = os.environ.get("DVC_STAGE", stage)
    with device_slot(params.compute.threads, params.run.slots_per_gpu, owner) as slot:
        yield slot.name


def run(stage: str, arguments: list[str]) -> None:
    """Run `stage` with its sections of params.yaml and `arguments`, on a slot, in the run log."""
    if stage not in STAGES:
        raise InputError(f"Unknown stage {stage!r}. Available: {', '.join(STAGES)}. Correct its cmd in dvc.yaml.")
    params = load_params()
    architectures.require(recipe.architecture for recipe in params.entries.values())
    with (
        _device(stage, params) as device,
        logged_run(os.environ.get("DVC_STAGE", stage), device) as measured,
        recorded_energy(measured, counters_of(device)),
    ):
        with framework_notices_held():
            function = getattr(import_module(f"fer_pipeline.stages.{stage}"), stage)
            require_seen(device)
        takes_measured = "measured" in inspect.signature(function).parameters
        bound = bind(function, params, arguments)
        for path in (value for value in bound.values() if isinstance(value, Path)):
            path.parent.mkdir(parents=True, exist_ok=True)      # DVC does not make the folders of outputs
        function(**bound, **({"measured": measured} if takes_measured else {}))


if __name__ == "__main__":
    prepare_framework()
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    try:
        end_with_parent()
        run(next(iter(sys.argv[1:]), ""), sys.argv[2:])
    except InputError as error:
        sys.exit(f"error: {error}")
    except FileNotFoundError as error:
        sys.exit(f"error: {error.filename} not found. `dvc repro` or `fer train-all` makes it; `dvc pull` fetches it.")
