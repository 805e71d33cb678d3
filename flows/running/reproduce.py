"""One stage of dvc.yaml as a Prefect task."""

import errno
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import run_log
from fer_pipeline.runtime.parent import OWNER_VARIABLE
from flows.blocks import kaggle_secret
from flows.running.processes import STAGES

SKIPPED = "Skipped"
RESTORED = "Restored"
NOT_RUN = "NotRun"
CANCELLED = "Cancelled"
FROM_RUN_CACHE = "is cached - skipping run"     # DVC's words
DISK_FULL = os.strerror(errno.ENOSPC)
TAIL_LINES = 20     # of a stage's output, to find the reason of its failure in
HINTS = (           # of DVC, after every stage; true once, at the end
    "To track the changes with git, run:", "git add ", "To enable auto staging, run:", "dvc config core.autostage",
    "Use `dvc push`", "Updating lock file", "Generating lock file",
)


def run_name(stage: str) -> str:
    """`train@lenet5` as people read it: `train · lenet5`."""
    return stage.replace("@", " · ")


@task(task_run_name="{title}", cache_policy=NO_CACHE)     # DVC is the cache; two caches disagree
def reproduce(title: str, stage: str, environment: dict[str, str], *, force: bool) -> State[Any] | None:  # noqa: ARG001
    """Bring one stage up to date by DVC, its output line by line in this task's log.

    Args:
        title: Name of the task run.
        stage: As DVC addresses it; `train@lenet5`.
        environment: Added to this process's own.
        force: Run it although nothing changed.

    Returns:
        A failed state with the reason, or one that says that the command did not have to run.
    """
    logger = get_run_logger()
    try:
        secret = kaggle_secret.environment(stage)
    except InputError as error:
        return Failed(message=str(error))
    if STAGES.cancelled:
        return Cancelled(message="the run was cancelled before it began")
    command = [sys.executable, "-m", "flows.running.dvc_whole", "--wait-for-lock", "repro", "--single-item", stage]
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with subprocess.Popen(
        command + ["--force"] * force, env=_environment(environment | secret), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,     # Ctrl-C is the flow's; it ends its stages itself
    ) as process, STAGES.holding(process):
        try:
            for line in _lines(process):
                logger.info(line)
                tail.append(line)
        except BaseException:
            process.terminate()
            raise
    if process.returncode and STAGES.cancelled:
        return Cancelled(message="ended because the run was cancelled; the next run goes on from here")
    if process.returncode:
        return Failed(message=f"exit code {process.returncode}; {_reason(list(tail))}")
    if _ran(stage, environment[run_log.FLOW_VARIABLE]):
        return None
    if any(FROM_RUN_CACHE in line for line in tail):
        return Completed(name=RESTORED, message="DVC restored its outputs from the run cache")
    return Completed(name=SKIPPED, message="DVC found it up to date")


@task(task_run_name="{title}", cache_policy=NO_CACHE)
def skip(title: str) -> State[Any]:  # noqa: ARG001  the name of the task run
    """Show a stage that DVC knows to be up to date."""
    return Completed(name=SKIPPED, message="up to date by dvc status")


@task(task_run_name="{title}", cache_policy=NO_CACHE)
def leave_out(title: str, failed: list[str]) -> State[Any]:  # noqa: ARG001
    """Show a stage that cannot run because what it needs failed."""
    return Cancelled(name=NOT_RUN, message=f"not run because of {', '.join(failed)}")


def _environment(added: dict[str, str]) -> dict[str, str]:
    """The stage's `python` is this interpreter, it prints at once, and it ends when this process dies."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1", OWNER_VARIABLE: str(os.getpid())} | added


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout or ():
        if (text := line.rstrip()) and not text.lstrip().startswith(HINTS):
            yield text


def _reason(tail: list[str]) -> str:
    """The line that says what went wrong: the stage's own error, or the last that is not DVC's summary."""
    if full := [line for line in tail if DISK_FULL in line]:
        return (f"the disk is full: {full[0]}. `df -h . .dvc/cache {gettempdir()}` shows which one, `fer clean` what "
                "can go. Then run again; it goes on from here")
    own = [line for line in tail if line.startswith("error: ")]
    others = [line for line in tail if not line.startswith("ERROR: failed to reproduce")]
    return (own or others or tail or ["no output"])[-1]


def _ran(stage: str, flow: str) -> bool:
    """Whether the stage's command ran; DVC may also have found it up to date or restored it from its run cache."""
    records = run_log.read(run_log.stages_log())
    return any(record["stage"] == stage and record["flow"] == flow for record in reversed(records))
