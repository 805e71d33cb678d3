"""The DVC processes that this flow runs, and how they end when the run is cancelled."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

PATIENCE_SECONDS = 10.0     # for DVC to end by itself once its command has, which leaves it time to finish writing
POLL_SECONDS = 0.2
LAST_SECONDS = 3.0


class RunningStages:
    """The `dvc repro` of every stage under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        self.cancelled = False

    @contextmanager
    def holding(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Count a process as under way during the block."""
        with self._lock:
            self._processes.add(process)
        try:
            yield
        finally:
            with self._lock:
                self._processes.discard(process)

    def begin(self) -> None:
        """A run begins: what was cancelled was another."""
        self.cancelled = False

    def cancel(self) -> None:
        """End every stage's command; DVC, which then has nothing to wait for, ends by itself or is ended."""
        self.cancelled = True
        end = time.monotonic() + PATIENCE_SECONDS
        while (running := self._running()) and time.monotonic() < end:
            for process in running:
                _each(psutil.Process.terminate, _commands(process))
            time.sleep(POLL_SECONDS)
        for process in running:
            left = [*_commands(process), *_own(process)]
            _each(psutil.Process.terminate, left)
            _each(psutil.Process.kill, psutil.wait_procs(left, timeout=LAST_SECONDS)[1])

    def _running(self) -> list[subprocess.Popen[str]]:
        with self._lock:
            return [process for process in self._processes if process.poll() is None]


def _own(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return [psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        return []


def _commands(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return [child for dvc in _own(process) for child in dvc.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _each(send: Callable[[psutil.Process], None], processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            send(process)
        except psutil.NoSuchProcess:
            continue


STAGES = RunningStages()
