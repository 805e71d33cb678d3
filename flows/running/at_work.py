"""Which processes work in a checkout now: flows, DVC and its stages, by their folder and environment."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil

from fer_pipeline.runtime.lock_holders import alive
from fer_pipeline.runtime.parent import OWNER_VARIABLE, STAGE_VARIABLE

SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
DVC_WRITES = frozenset({"repro", "exp", "pull", "fetch", "push", "checkout", "commit", "add", "gc", "import", "queue"})


@dataclass(frozen=True)
class Work:
    """A process at work in a checkout.

    Attributes:
        pid: Its number.
        what: The stage as DVC addresses it, or the DVC command.
        started: Seconds since 1970.
        stage: Whether it is a stage.
    """

    pid: int
    what: str
    started: float
    stage: bool


def at_work(folder: Path) -> list[Work]:
    """Stages and DVC commands that run in `folder` or below, oldest first; a stage once, without its shell."""
    found = [work for process in _in(folder) if (work := _work(process)) is not None]
    found.sort(key=lambda work: work.started)
    stages = {work.what: work for work in reversed(found) if work.stage}
    return [work for work in found if not work.stage or stages[work.what] is work]


def left_behind(folder: Path) -> list[int]:
    """Pids of processes in `folder` that a flow started which is dead by now."""
    return [process.pid for process in _in(folder)
            if (owner := _variable(process, OWNER_VARIABLE)) and not alive(int(owner))]


def _in(folder: Path) -> Iterator[psutil.Process]:
    """Processes of this user in `folder` or below, without this one."""
    for process in psutil.process_iter(["cwd"]):
        cwd = process.info["cwd"]
        if cwd and process.pid != os.getpid() and Path(cwd).is_relative_to(folder) and alive(process.pid):
            yield process


def _work(process: psutil.Process) -> Work | None:
    try:
        stage, words = _variable(process, STAGE_VARIABLE), process.cmdline()
        if stage and process.name() not in SHELLS and not _is_child_of_stage(process, stage):
            return Work(process.pid, stage, process.create_time(), stage=True)
        command = _dvc_command(words)
        return Work(process.pid, command, process.create_time(), stage=False) if command and not stage else None
    except psutil.Error:        # gone meanwhile, or another user's
        return None


def _is_child_of_stage(process: psutil.Process, stage: str) -> bool:
    parent = process.parent()
    return parent is not None and _variable(parent, STAGE_VARIABLE) == stage and parent.name() not in SHELLS


def _dvc_command(words: list[str]) -> str | None:
    """`dvc repro …` as a person would type it, of `python -m dvc` and of the script; None for what is none."""
    names = [Path(word).name for word in words[:4]]
    for program in ("dvc", "flows.running.dvc_whole"):
        if program in names:
            rest = words[names.index(program) + 1:]
            return f"dvc {' '.join(rest)}" if DVC_WRITES & set(rest) else None
    return None


def _variable(process: psutil.Process, name: str) -> str | None:
    try:
        return cast("dict[str, str]", process.environ()).get(name)
    except (psutil.Error, OSError):
        return None
