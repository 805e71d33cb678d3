"""What can go: a line each, with its size and how it is removed."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Limits:
    """What stays.

    Attributes:
        revisions: Commits of every branch whose data and models stay in DVC's cache, from the newest.
        older_than: Days; what is younger stays.
        unfinished: Whether resume state goes that a training could go on from.
    """

    revisions: int
    older_than: float
    unfinished: bool

    def is_old(self, file: Path) -> bool:
        """Whether a file was last written so many days ago; a folder by its newest file."""
        return newest(file) <= self._since

    def is_past(self, moment: str | None) -> bool:
        """Whether an ISO 8601 moment is so many days ago; one that nobody noted is."""
        return moment is None or datetime.fromisoformat(moment).timestamp() <= self._since

    @property
    def _since(self) -> float:
        return time.time() - self.older_than * DAY_SECONDS


@dataclass(frozen=True)
class Item:
    """Something that can go.

    Attributes:
        kind: The line's title.
        what: How much of it, in words.
        size: Bytes that it gives back; None where nobody tells.
        remove: Removes it.
    """

    kind: str
    what: str
    size: int | None
    remove: Callable[[], None]


@dataclass(frozen=True)
class Plan:
    """All that can go, and what stays for a reason worth telling."""

    items: list[Item]
    kept: list[str]

    @property
    def size(self) -> int:
        """Bytes that are given back."""
        return sum(item.size or 0 for item in self.items)


def files_in(path: Path) -> list[Path]:
    """The file itself, or all files below a folder."""
    return [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()] if path.is_dir() else [path]


def size_of(paths: Iterable[Path]) -> int:
    """Bytes of files and folders."""
    return sum(file.stat().st_size for path in paths for file in files_in(path))


def newest(path: Path) -> float:
    """When a file, or the newest in a folder, was last written; seconds since 1970."""
    return max((file.stat().st_mtime for file in files_in(path)), default=path.stat().st_mtime)
