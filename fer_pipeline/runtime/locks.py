"""Locks between all processes of a machine, of whichever user and checkout: files in one folder, locked by the kernel.

However a process dies, the kernel frees its locks: no counter needs repair. A lock is a file that stays; only locks on
it come and go.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import flock
from fer_pipeline.runtime.folders import slots_folder

FOR_ALL = 0o666
FOLDER_FOR_ALL = 0o1777     # anyone may add a lock, none may remove another's
FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
MOST_WORDS = 200            # of what a lock file says, which another user may have written


def try_lock(name: str, words: str, *, shared: bool = False) -> IO[str] | None:
    """Take the lock `name` for as long as the returned file is open; None if it is taken.

    Args:
        name: Of the file, without a suffix.
        words: Who holds it, for those who wait.
        shared: With others who share it; one who does not share it waits for all of them, and they for him.

    Raises:
        InputError: The folder or the file cannot be used.
    """
    file = _file(name)
    lock = os.fdopen(_open(file), "r+")
    if not flock.taken(lock, shared=shared) or not _is_still(lock, file):   # removed meanwhile, it keeps nobody out
        lock.close()
        return None
    lock.truncate(0)
    lock.write(words)
    lock.flush()
    return lock


def words_of(name: str) -> str:
    """What the last holder of a lock wrote, in one line; nothing if there was none."""
    with suppress(OSError), os.fdopen(os.open(_file(name), os.O_RDONLY | os.O_NOFOLLOW), errors="replace") as lock:
        return "".join(character for character in lock.read(MOST_WORDS) if character.isprintable())
    return ""


def guard_folder() -> int:
    """A descriptor that keeps systemd-tmpfiles from removing old locks of long trainings while it is open.

    Source: tmpfiles.d(5), Age: a folder with a lock on it is left alone.
    """
    guard = os.open(slots_folder(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    flock.taken(guard, shared=True)     # if not, tmpfiles is at it now, and these locks are new
    return guard


def _file(name: str) -> Path:
    return slots_folder() / f"{name.replace('/', '-')}.lock"


def _open(file: Path) -> int:
    try:
        _make(file.parent)
        descriptor = _open_or_create(file)
    except OSError as error:
        raise _unusable(file.parent, f"{error.filename}: {error.strerror}") from None
    kind = os.fstat(descriptor)
    if not stat.S_ISREG(kind.st_mode) or kind.st_nlink > 1:
        os.close(descriptor)
        raise _unusable(file.parent, f"{file.name} is no plain file of its own")
    return descriptor


def _make(folder: Path) -> None:
    if not os.path.lexists(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _no_umask(), suppress(FileExistsError):
            folder.mkdir(FOLDER_FOR_ALL)
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise _unusable(folder, "it is no folder, or a link to one")


def _open_or_create(file: Path) -> int:
    """Without O_CREAT first, which Linux forbids on another user's file (fs.protected_regular)."""
    try:
        return os.open(file, FLAGS)
    except FileNotFoundError:
        with _no_umask(), suppress(FileExistsError):
            return os.open(file, FLAGS | os.O_CREAT | os.O_EXCL, FOR_ALL)
    return _open_or_create(file)


@contextmanager
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def _is_still(lock: IO[str], file: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(lock.fileno()), file.lstat())
    return False


def _unusable(folder: Path, reason: str) -> InputError:
    return InputError(f"The folder of the device slots' locks, {folder}, cannot be used: {reason}. Everyone who trains "
                      "on this machine must be able to write there, so that no two take the same device: let root "
                      f"repair it (mode {FOLDER_FOR_ALL:o}), or name another one to all of them by FER_SLOTS_FOLDER.")
