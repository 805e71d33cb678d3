"""A csv file, a folder, a zip or a tar as one thing: named members that can be read.

Members are read in place and never unpacked to disk, so none can land outside a target folder.
"""

import os
import stat
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from fer_pipeline.errors import InputError

MOST_MEMBERS = 200_000      # FER-2013 has 35,887 pictures
MOST_BYTES = 4 << 30        # unpacked; fer2013.csv has 0.3 GB
ENCRYPTED = 1               # of a zip member's flag bits


class Tree(Protocol):
    """Regular files by their relative names, with / between the parts."""

    name: str
    names: list[str]

    def open(self, name: str) -> BinaryIO:
        """Open one member for reading."""

    def read_all(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each of `names`, in whatever order is quickest."""


@contextmanager
def open_tree(path: Path) -> Iterator[Tree]:
    """Open a file, folder, zip or tar (also compressed); an archive is known by its content.

    Raises:
        InputError: Nothing is there, the archive is broken or encrypted, or it holds members that are links, devices,
            too many or too large, or that point outside of it.
    """
    if not path.exists():
        raise InputError(f"{path} is not there. Bring it back, or give its new place.")
    try:
        if path.is_dir():
            yield _Files(path.name, path, _files_below(path))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _Zip(path.name, archive)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                yield _Tar(path.name, tar)
        else:
            yield _Files(path.name, path.parent, [path.name])
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise InputError(f"{path} is a broken archive: {error}. Fetch it again.") from None


class _Files:
    def __init__(self, name: str, folder: Path, names: list[str]) -> None:
        self.name, self._folder, self.names = name, folder, names

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")

    def read_all(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        return ((name, (self._folder / name).read_bytes()) for name in names)


def _files_below(folder: Path) -> list[str]:
    found = (Path(parent, file) for parent, _, files in os.walk(folder) for file in files)      # follows no links
    members = ((file.relative_to(folder).as_posix(), file.lstat()) for file in found)
    return _sound(folder.name, ((name, facts.st_size, stat.S_ISREG(facts.st_mode)) for name, facts in members))


class _Zip:
    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        self._archive, self.name = archive, name
        members = [member for member in archive.infolist() if not member.is_dir()]
        if secret := next((member.filename for member in members if member.flag_bits & ENCRYPTED), None):
            raise InputError(f"{name} is encrypted ({secret}). Give an archive without a password.")
        self.names = _sound(name, ((member.filename, member.file_size, _is_file(member)) for member in members))

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.open(name))

    def read_all(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        return ((name, self._archive.read(name)) for name in names)


def _is_file(member: zipfile.ZipInfo) -> bool:
    mode = member.external_attr >> 16       # 0 where the archive was not made on Unix
    return not stat.S_IFMT(mode) or stat.S_ISREG(mode)


class _Tar:
    def __init__(self, name: str, archive: tarfile.TarFile) -> None:
        self._archive, self.name = archive, name
        self.names = _sound(name, ((one.name, one.size, one.isfile()) for one in archive if not one.isdir()))

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.extractfile(name))

    def read_all(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        wanted = set(names)     # in the archive's order: a compressed tar can only be read on
        for member in self._archive:
            if member.name in wanted and (opened := self._archive.extractfile(member)):
                yield member.name, opened.read()


def _sound(tree: str, members: Iterable[tuple[str, int, bool]]) -> list[str]:
    """Sorted names of `members` (name, bytes, whether it is a regular file), each of which was checked as it came."""
    names: list[str] = []
    total = 0
    for name, size, regular in members:
        total += size
        for refused, why in (
            (not regular, "is a link or a device; only files are read"),
            (name.startswith(("/", "\\")) or ".." in PurePosixPath(name).parts, "points outside the archive"),
            (total > MOST_BYTES, f"brings it above {MOST_BYTES:,} bytes unpacked"),
            (len(names) == MOST_MEMBERS, f"is one more than {MOST_MEMBERS:,} members"),
        ):
            if refused:
                raise InputError(f"{tree} is refused: its member {name[:200]!r} {why}. Fetch it again from its "
                                 "source, or give a folder of the files that you trust.")
        names.append(name)
    if twice := len(names) - len(set(names)):
        raise InputError(f"{tree} is refused: {twice} of its member names occur more than once. Pack it again.")
    return sorted(names)
