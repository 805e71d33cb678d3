"""A folder as one zip whose bytes follow from names and contents alone."""

import hashlib
import shutil
import zipfile
from pathlib import Path

from fer_pipeline.layouts.trees import open_tree

EPOCH = (1980, 1, 1, 0, 0, 0)   # the earliest time that a zip can name


def pack(folder: Path, file: Path) -> None:
    """Write the files of `folder`, uncompressed and in the order of their names; pictures are compressed already."""
    with open_tree(folder) as tree, zipfile.ZipFile(file, "w") as archive:
        for name in tree.names:
            with tree.open(name) as member, archive.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as packed:
                shutil.copyfileobj(member, packed)


def checksum(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
