"""A run that begins on a full disk fails anywhere and in strange words; it is refused in plain ones instead."""

import os
import shutil
from pathlib import Path

from fer_pipeline.errors import InputError

LEAST_BYTES = 1_000_000     # what locks, logs and Prefect's database need to say what happens
CACHE = Path(".dvc/cache")


def require_space() -> None:
    """Ask the disks of this checkout, its cache and the temporary folder whether they are full.

    Raises:
        InputError: One is, with what is free and how to free more.
    """
    for folder in (Path(), CACHE, Path(os.environ.get("TMPDIR") or "/tmp")):
        if folder.exists() and (free := shutil.disk_usage(folder).free) < LEAST_BYTES:
            raise InputError(f"The disk of {folder.absolute()} is full: {free:,} bytes are free, and a run needs "
                             f"{LEAST_BYTES:,} to begin with. Free some (`fer clean` shows what can go in this "
                             "checkout) and run again; it goes on from here.")
