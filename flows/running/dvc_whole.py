"""DVC's command line with a dvc.lock that is replaced as a whole: `python -m flows.running.dvc_whole repro …`.

DVC empties dvc.lock and writes it anew, for a quarter of a second at 27 stages; a kill or a full disk in between leaves
a torn file, which no DVC command reads any more.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from dvc.fs import LocalFileSystem
from dvc.utils.serialize import _common

_dump_in_place = _common._dump_data     # noqa: SLF001  what DVC's own writer of YAML, TOML and JSON goes through


def replace_whole(file: Path, write: Callable[[TextIO], object]) -> None:
    """Give a file new content: a kill at any moment, or a full disk, leaves the old one or the new one."""
    partial = _partial(file)
    try:
        with partial.open("w", encoding="utf-8") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _partial(file: Path) -> Path:
    """In DVC's temporary folder, which git ignores, where there is one: a killed process leaves it."""
    temporary = file.parent / ".dvc" / "tmp"
    return (temporary if temporary.is_dir() else file.parent) / f"{file.name}.{os.getpid()}.partial"


def _dump_whole(path: Any, data: Any, dumper: Callable[..., Any], fs: Any = None, **arguments: Any) -> None:
    if fs is not None and not isinstance(fs, LocalFileSystem):
        _dump_in_place(path, data, dumper, fs=fs, **arguments)
        return
    replace_whole(Path(path).resolve(), lambda stream: dumper(data, stream, **arguments))


def main() -> int:
    """DVC with that one function replaced."""
    from dvc.cli import main as dvc

    _common._dump_data = _dump_whole    # noqa: SLF001
    return int(dvc(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
