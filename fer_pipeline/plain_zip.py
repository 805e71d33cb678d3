"""Zip files whose bytes follow from names and contents alone: no dates, no machine, no version of Python."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

EARLIEST = (1980, 1, 1, 0, 0, 0)    # that a zip can name


def write_zip(file: Path | BinaryIO, members: Iterable[tuple[str, bytes]]) -> None:
    """Write `members`, in their order and uncompressed."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), content)


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz for `numpy.load`; `numpy.savez` writes other headers under Python 3.11.2 than under 3.11.7."""
    write_zip(file, ((f"{name}.npy", _as_npy(array)) for name, array in arrays.items()))


def _as_npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=False)
    return out.getvalue()
