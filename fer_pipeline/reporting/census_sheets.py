"""Pictures of each fault for the census page: which to show, and what is said of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.reporting.face_sheets import Tile, data_uri, place_of

Record = tuple[Usage, int]      # a face: usage, and its position there


@dataclass(frozen=True)
class Picture:
    """One or two faces with what is said of them.

    Attributes:
        tiles: One face, or a face and its twin.
        heading: The fault in few words, such as `happy, sad`.
        note: Where the faces stand.
    """

    tiles: list[Tile]
    heading: str
    note: str


@dataclass(frozen=True)
class PictureSheet:
    """Pictures in reading order and the address of their common picture."""

    pictures: list[Picture]
    data_uri: str


class Album:
    """Finds the faces that census.json names, and lays sheets of them.

    Args:
        faces: By usage; every row of the census is among them.
    """

    def __init__(self, faces: Mapping[Usage, Faces]) -> None:
        self._faces = faces
        self._places: dict[int, Record] = {
            row: (usage, place) for usage, part in faces.items() for place, row in enumerate(part.row.tolist())}

    def singles(self, rows: Sequence[int], reasons: Sequence[str] | None = None) -> PictureSheet:
        """A face a picture, with its emotion and, where given, the reason."""
        headings = [", ".join(filter(None, [self._emotion(row), reason]))
                    for row, reason in zip(rows, reasons or [""] * len(rows), strict=True)]
        return self._sheet([[row] for row in rows], headings, [self._where(row) for row in rows])

    def groups(self, groups: Sequence[Sequence[int]]) -> PictureSheet:
        """Equal faces: one of each group, how many they are, under which emotions."""
        headings = [f"{len(group)} × {self._emotions(group)}" for group in groups]
        return self._sheet([group[:1] for group in groups], headings, [self._usages(group) for group in groups])

    def twins(self, twins: Sequence[Mapping[str, Any]]) -> PictureSheet:
        """A face beside the near-copy of it, with their correlation."""
        rows = [[twin["row"], twin["other_row"]] for twin in twins]
        headings = [f"{twin['correlation']:.3f}{', mirrored' if twin['mirrored'] else ''}: {self._emotions(pair)}"
                    for twin, pair in zip(twins, rows, strict=True)]
        return self._sheet(rows, headings, [" and ".join(map(self._where, pair)) for pair in rows])

    def _sheet(self, rows: Sequence[Sequence[int]], headings: Iterable[str], notes: Iterable[str]) -> PictureSheet:
        flat = [row for picture in rows for row in picture]
        tiles = iter([Tile(*place_of(number), self._emotion(row)) for number, row in enumerate(flat)])
        pictures = [Picture([next(tiles) for _ in picture], heading, note)
                    for picture, heading, note in zip(rows, headings, notes, strict=True)]
        return PictureSheet(pictures, data_uri(np.array([self._pixels(row) for row in flat])))

    def _pixels(self, row: int) -> np.ndarray:
        usage, place = self._record(row)
        return np.asarray(self._faces[usage].pixels[place])

    def _emotion(self, row: int) -> str:
        usage, place = self._record(row)
        return EMOTIONS[self._faces[usage].emotion[place]]

    def _record(self, row: int) -> Record:
        if row not in self._places:
            raise ValueError(f"The census names row {row}, which none of the array files has. It is not of these "
                             "faces: run the stage census again.")
        return self._places[row]

    def _emotions(self, rows: Iterable[int]) -> str:
        named = [self._emotion(row) for row in rows]
        counts = {name: named.count(name) for name in EMOTIONS if name in named}
        return ", ".join(f"{name} {number}" if number > 1 and len(counts) > 1 else name
                         for name, number in counts.items())

    def _where(self, row: int) -> str:
        return f"{self._record(row)[0]} {row}"

    def _usages(self, rows: Iterable[int]) -> str:
        usages = [self._record(row)[0] for row in rows]
        return ", ".join(f"{usage} {usages.count(usage)}" for usage in Usage if usage in usages)
