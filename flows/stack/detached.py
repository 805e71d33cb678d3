"""A process that outlives the command that started it: its pid file, its log, its end."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.folders import LOCAL_FOLDER

FOLDER = LOCAL_FOLDER / "stack"
TAIL_LINES = 15
POLL_SECONDS = 0.2
CLOCK_SECONDS = 2.0     # by which two readings of a process's start may differ


@dataclass(frozen=True)
class Detached:
    """A process by the name of its files, `server` or `worker`."""

    name: str

    @property
    def log(self) -> Path:
        return FOLDER / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return FOLDER / f"{self.name}.pid"

    def process(self) -> psutil.Process | None:
        """The process, if it lives. A pid that went to another process, as after a restart of the machine, is none."""
        try:
            record = json.loads(self._pid_file.read_text())
            process = psutil.Process(record["pid"])
            same = abs(process.create_time() - record["started"]) < CLOCK_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def start(self, command: list[str], environment: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that no Ctrl-C here reaches it; the log before stays as *.log.old."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("w") as log:
            started = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        self._pid_file.write_text(json.dumps(
            {"pid": started.pid, "started": psutil.Process(started.pid).create_time()}))

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready.

        Raises:
            InputError: It died, or took too long; the message ends with its log.
        """
        end = time.monotonic() + seconds
        while not ready():
            if self.process() is None:
                raise InputError(f"The {self.name} ended as soon as it was started.{self._told()}")
            if time.monotonic() > end:
                raise InputError(f"The {self.name} was not ready within {seconds:.0f} s.{self._told()}\nIf the machine "
                                 "is busy, run `fer up` again; it goes on with what is there.")
            time.sleep(POLL_SECONDS)

    def _told(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f" Its log, {self.log}, ends:", *(f"  {line}" for line in lines)])

    def end(self, seconds: float) -> bool:
        """Ask it to end, and kill what it started and itself if it does not in time.

        Returns:
            Whether it lived.
        """
        process = self.process()
        if process is not None:
            end_processes([process], seconds)
        self._pid_file.unlink(missing_ok=True)
        return process is not None


def end_processes(processes: list[psutil.Process], seconds: float) -> None:
    """SIGTERM, then SIGKILL for those that are left after so many seconds."""
    for process in processes:
        _send(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        _send(process.kill)
    psutil.wait_procs(alive, timeout=5)


def _send(signal: Callable[[], None]) -> None:
    try:
        signal()
    except psutil.NoSuchProcess:
        return
