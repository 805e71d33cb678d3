"""A folder as one zip whose bytes follow from names and contents alone."""

from pathlib import Path

from fer_pipeline.layouts.trees import open_tree
from fer_pipeline.plain_zip import write_zip


def pack(folder: Path, file: Path) -> None:
    """Write the files of `folder`, uncompressed and in the order of their names; pictures are compressed already."""
    with open_tree(folder) as tree:
        write_zip(file, tree.read_all(tree.names))
