"""Which layout a source has: a csv of faces, or pictures in folders of emotions."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fer_pipeline.data.fer2013 import COLUMNS, Block
from fer_pipeline.data.piecewise import read_csv
from fer_pipeline.errors import InputError
from fer_pipeline.layouts.class_folders import ClassFolders, class_folders
from fer_pipeline.layouts.trees import Tree

KNOWN = ("a csv with the columns emotion, pixels and Usage (fer2013.csv, icml_face_data.csv), or pictures in folders "
         "named after emotions (msambare/fer2013 and the like), as a file, a folder, a .zip or a .tar.gz")


@dataclass(frozen=True)
class CsvOfFaces:
    """A csv with a face a row; FER-2013's own usages stand in it."""

    name: str
    member: str
    split: str = "official"

    def blocks(self, tree: Tree) -> Iterator[Block]:
        """Parse all rows, in order."""
        with tree.open(self.member) as file:
            yield from read_csv(file, self.member)

    def count(self, tree: Tree) -> int:
        """Rows, the header and blank lines aside."""
        with tree.open(self.member) as file:
            return sum(1 for line in file if line.strip()) - 1

    def facts(self) -> dict[str, Any]:
        """What provenance says beside the name: which member of an archive it is."""
        return {"member": self.member}


Layout = CsvOfFaces | ClassFolders


def detect(tree: Tree) -> Layout:
    """Find the layout of a source.

    Raises:
        InputError: It has none that is known, or two csv files of faces that differ in size.
    """
    members = [name for name in tree.names if name.lower().endswith(".csv")] or (tree.names if len(tree.names) == 1
                                                                                 else [])
    headers = {name: header for name in members if (header := _header(tree, name))}
    whole = [name for name, header in headers.items() if set(COLUMNS) <= {column.strip() for column in header}]
    if whole:
        return _csv(tree, whole, headers)
    if folders := class_folders(tree.names):
        return folders
    raise InputError(f"{tree.name} has no known layout. Found: {_found(tree, headers)}. Known: {KNOWN}. Give one of "
                     "these.")


def _csv(tree: Tree, members: list[str], headers: dict[str, list[str]]) -> CsvOfFaces:
    if len(members) > 1:
        raise InputError(f"{tree.name} has {len(members)} csv files of faces: {', '.join(members)}. Give the one to "
                         "use.")
    (member,) = members
    usual = tuple(headers[member]) == COLUMNS
    return CsvOfFaces("fer2013.csv" if usual else f"csv with the columns {', '.join(map(repr, headers[member]))}, "
                      "as icml_face_data.csv", member)


def _header(tree: Tree, name: str) -> list[str]:
    with tree.open(name) as file:
        line = file.read(4096).split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    return next(csv.reader([line]), [])


def _found(tree: Tree, headers: dict[str, list[str]]) -> str:
    if headers:
        return "; ".join(f"{name} with the columns {', '.join(map(repr, header))[:200]}"
                         for name, header in list(headers.items())[:5])
    more = f" and {len(tree.names) - 5:,} more" if len(tree.names) > 5 else ""
    return ", ".join(tree.names[:5]) + more or "nothing"
