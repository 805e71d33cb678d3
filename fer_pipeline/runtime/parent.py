"""A stage ends when the DVC process that started it, or the flow behind that, dies.

Without this, after `kill -9` of dvc a training goes on beside its own successor.
"""

import contextlib
import os
import signal
import threading
import time

import psutil

from fer_pipeline.errors import InputError

OWNER_VARIABLE = "FER_OWNER_PID"    # set by the flow: its own process
STAGE_VARIABLE = "DVC_STAGE"        # set by DVC for its commands, not for itself
POLL_SECONDS = 1.0


def end_with_parent() -> None:
    """Watch the starting processes from a daemon thread; send this process SIGTERM once one of them is gone."""
    try:
        watched = [*_starters(), *_owner()]
    except psutil.NoSuchProcess as gone:
        raise InputError(f"The process {gone.pid} that started this stage is gone already. Run again.") from None
    threading.Thread(target=_watch, args=(watched,), name="parent watch", daemon=True).start()


def _starters() -> list[psutil.Process]:
    """The parent and, where that is the shell of DVC's command (dash stays, bash is replaced by it), DVC behind it."""
    starters = [psutil.Process(os.getppid())]
    while _started_by_dvc(starters[-1]) and (behind := starters[-1].parent()):
        starters.append(behind)
    return starters


def _started_by_dvc(process: psutil.Process) -> bool:
    try:
        return STAGE_VARIABLE in process.environ()
    except psutil.AccessDenied:     # another user's: no shell of DVC's
        return False


def _owner() -> list[psutil.Process]:
    return [psutil.Process(int(os.environ[OWNER_VARIABLE]))] if os.environ.get(OWNER_VARIABLE) else []


def _watch(watched: list[psutil.Process]) -> None:
    while all(map(_alive, watched)):
        time.sleep(POLL_SECONDS)
    with contextlib.suppress(OSError):      # what read this may be gone too
        print("The process that started this stage is gone; ending. The next run goes on from here.", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:    # gone between the two questions
        return False
