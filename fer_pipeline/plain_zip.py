"""Zip files whose bytes follow from names and contents alone: no dates, no machine, no version of Python."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

EARLIEST = (1980, 1, 1, 0, 0, 0)    # that a zip can name


def write_zip(file: Path | BinaryIO, members: Iterable[tuple[str, bytes]]) -> None:
    """Write `members`, in their order and uncompressed."""
    _write(file, ((name, (content,)) for name, content in members))


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz for `numpy.load`; `numpy.savez` writes other headers under Python 3.11.2 than under 3.11.7."""
    _write(file, ((f"{name}.npy", _as_npy(np.asarray(array, order="C"))) for name, array in arrays.items()))


def _write(file: Path | BinaryIO, members: Iterable[tuple[str, Sequence[bytes | memoryview]]]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, parts in members:
            member = zipfile.ZipInfo(name, EARLIEST)
            member.file_size = sum(map(len, parts))     # as `writestr` tells it, which takes no parts
            with archive.open(member, "w") as opened:
                for part in parts:
                    opened.write(part)


def _as_npy(array: np.ndarray) -> tuple[bytes, memoryview]:
    """Header and content, which is not copied."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue(), array.reshape(-1).view(np.uint8).data
