"""Which picture files a user means: files, folders with all below them, and patterns, quoted or not."""

import os
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from PIL import Image

SIGNS = frozenset("*?[")    # of a pattern


def picture_files(given: Iterable[str], without: Iterable[Path] = ()) -> tuple[list[Path], dict[str, str]]:
    """What to read, and what leads to no file.

    Args:
        given: Files, folders and patterns; `**` in a pattern stands for any folders.
        without: Folders that are left out where folders are searched: where results go.

    Returns:
        Files in the order given, those of a folder or pattern sorted, none twice; and what names no picture, with the
        reason. A file given by its own name is taken whatever it ends in.
    """
    Image.init()
    files: dict[Path, None] = {}
    empty: dict[str, str] = {}
    left_out = {folder.absolute() for folder in without}
    for name in given:
        found = list(_meant(name, left_out))
        files.update(dict.fromkeys(found))
        if not found:
            empty[name] = _reason(name)
    return list(files), empty


def _meant(name: str, without: Set[Path]) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        yield from _below(path, without)
    elif path.exists() or not SIGNS & set(name):
        yield path
    else:
        yield from (one for one in _matching(path) if one.is_file())


def _matching(pattern: Path) -> list[Path]:
    return sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))


def _below(folder: Path, without: Set[Path]) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(where, name).absolute() not in without)
        yield from (Path(where, name) for name in sorted(names) if _is_picture(name))


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in Image.registered_extensions()


def _reason(name: str) -> str:
    if Path(name).is_dir():
        return "the folder and those below it hold no file that ends as a picture does, such as .jpg or .png"
    return "no file matches this pattern"
