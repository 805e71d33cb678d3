"""Which stages are stale and why: DVC's own findings in people's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dvc.dependency.param import ParamsDependency
from dvc.output import Output
from dvc.stage import Stage as DvcStage

from flows.running.pipeline import Stage

CODE = (".py", ".j2", ".css", ".js")
NEVER_RAN = "never ran"
COMMAND = "its command in dvc.yaml changed"
WORDS = {"modified": "changed", "deleted": "missing", "new": "unknown to dvc.lock",
         "not in cache": "not in DVC's cache"}


@dataclass(frozen=True)
class StaleStage:
    """A stage that would run, with reasons of its own.

    Attributes:
        stage: As DVC addresses it.
        reasons: Each a sentence's worth, such as `code changed: fer_pipeline/inference.py`.
    """

    stage: str
    reasons: tuple[str, ...]


def stale_stages(stages: list[DvcStage], pipeline: list[Stage]) -> tuple[list[StaleStage], list[str]]:
    """Stages with reasons of their own, and those that wait for them, both in pipeline order.

    DVC's locks are not taken, as a running stage holds them for as long as it runs.
    """
    by_name = {stage.addressing: stage for stage in stages}
    stale: dict[str, StaleStage] = {}
    behind: list[str] = []
    for stage in pipeline:
        above = stage.upstream & (stale.keys() | set(behind))
        made_above = [out for name in above for out in by_name[name].outs]
        reasons = tuple(_reasons(by_name[stage.name], made_above))
        if reasons:
            stale[stage.name] = StaleStage(stage.name, reasons)
        elif above:
            behind.append(stage.name)
    return list(stale.values()), behind


def _reasons(stage: DvcStage, made_above: list[Output]) -> Iterator[str]:
    if not any(entry.hash_info for entry in (*stage.deps, *stage.outs)):
        yield NEVER_RAN
        return
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            yield from _changed_params(dep)
        elif not any(_overlap(dep, out) for out in made_above):
            yield from (f"{_kind(path)} {WORDS.get(state, state)}: {path}" for path, state in dep.status().items())
    for out in stage.outs:
        yield from (f"output {WORDS.get(state, state)}: {path}" for path, state in out.status().items())
    if stage.is_callback or stage.always_changed:
        yield "runs every time"
    if stage.changed_stage():
        yield COMMAND


def _overlap(dep: Any, out: Any) -> bool:
    return bool(out.fs.overlaps(dep.fs_path, out.fs_path))


def _kind(path: str) -> str:
    return "code" if path.endswith(CODE) or path.startswith("fer_pipeline/") else "data"


def _changed_params(dep: ParamsDependency) -> Iterator[str]:
    if not dep.exists:
        yield f"params missing: {dep}"
        return
    locked, actual = dep.hash_info.value or {}, dep.read_params()
    for key in dep.params or [*locked]:
        for name, before, after in _changes(key, locked.get(key), actual.get(key)):
            yield f"params changed: {name} {_shown(before)} → {_shown(after)}"


def _changes(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs, as deep down as both are mappings."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _changes(f"{name}.{key}", before.get(key), after.get(key))
    elif before != (list(after) if isinstance(after, tuple) else after):
        yield name, before, after


def _shown(value: Any) -> str:
    """A value as YAML has it, long ones cut."""
    words = {None: "none", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
