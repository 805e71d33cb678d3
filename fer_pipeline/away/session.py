"""All runs of a plan within a time limit, several at a time on one device; what is finished is packed at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from fer_pipeline.away.parcel import write_parcel

SESSION_VARIABLE = "FER_AWAY_SESSION"       # the pid of run_all, set for its trainings
POLL_SECONDS = 0.5
END_SECONDS = 5.0


def run_all(names: Sequence[str], command: Sequence[str], out: Path, *, seconds: float, at_once: int,
            most_bytes: int, most_files: int) -> list[str]:
    """Train, in order.

    Args:
        names: Of the runs, the most valuable first.
        command: That trains one, whose name is appended.
        out: Folder of the runs and of the parcel's files.
        seconds: After which nothing runs any more.
        at_once: Trainings side by side.
        most_bytes: Of one file of the parcel.
        most_files: Of the parcel.

    Returns:
        Names of the runs that did not end well.
    """
    end, waiting, running, failed = time.monotonic() + seconds, list(names), dict[str, subprocess.Popen[bytes]](), []
    environment = os.environ | {SESSION_VARIABLE: str(os.getpid())}
    out.mkdir(parents=True, exist_ok=True)
    while (waiting or running) and time.monotonic() < end:
        while waiting and len(running) < at_once:
            name = waiting.pop(0)
            running[name] = subprocess.Popen([*command, name], env=environment)
        time.sleep(POLL_SECONDS)
        for name in [name for name, process in running.items() if process.poll() is not None]:
            if running.pop(name).returncode:
                failed.append(name)
                print(f"{name} failed", file=sys.stderr, flush=True)
            else:
                write_parcel(out, most_bytes=most_bytes, most_files=most_files)
    for process in running.values():
        process.terminate()
    for process in running.values():
        _end(process)
    print(f"{len(names) - len(failed) - len(running) - len(waiting)} of {len(names)} runs ended", flush=True)
    return [*failed, *running, *waiting]


def end_with_session() -> None:
    """In a training of `run_all`: send this process SIGTERM once that has ended, however it did."""
    if session := os.environ.get(SESSION_VARIABLE):
        threading.Thread(target=_watch, args=(int(session),), name="session watch", daemon=True).start()


def _watch(session: int) -> None:
    while os.getppid() == session:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
