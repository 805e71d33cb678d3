"""Who holds an operating-system lock on a file, asked without taking it: a lock taken to look stands in others' way."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

KERNEL = Path("/proc/locks")
PID = re.compile(r"\d+")


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock.

    Attributes:
        pid: Its number.
        said: What it wrote into the locked file.
    """

    pid: int
    said: str


def holder(file: Path) -> Holder | None:
    """The process that holds `file` by flock, as the file's own text names it; None if nobody does.

    A file whose text names nobody yet is held by who the kernel names.

    Source: Linux, proc_locks(5): a line a lock, with its kind, the pid and `MAJOR:MINOR:INODE`. Some file systems show
    another device there than to stat, so that inode and pid decide.
    """
    try:
        said, inode = file.read_text(), file.stat().st_ino
    except FileNotFoundError:
        return None
    named = PID.search(said)
    holders = _pids(inode)
    if named is None:
        return Holder(holders[0], said) if holders else None
    pid = int(named.group())
    return Holder(pid, said) if pid in holders or 0 in holders and psutil.pid_exists(pid) else None


def _pids(inode: int) -> list[int]:
    """Pids of the flocks on an inode; 0 for a process of another container."""
    lines = (line.split() for line in KERNEL.read_text().splitlines())
    return [max(0, int(fields[4])) for fields in lines
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode)]


def alive(pid: int) -> bool:
    """Whether a process of this number runs and has not ended as a zombie."""
    try:
        return pid == os.getpid() or psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
