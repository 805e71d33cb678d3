"""The sheet of augmented faces: new faces beside the parents they were made of."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_pipeline.balancing.changes import OPERATIONS, in_words
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.reporting.face_sheets import Tile, data_uri, place_of


@dataclass(frozen=True)
class Pair:
    """A parent, its child, the parent's csv row, and the change that made the one of the other, in words."""

    parent: Tile
    child: Tile
    row: int
    change: str


@dataclass(frozen=True)
class PairSheet:
    """Pairs by emotion, in `EMOTIONS` order, and the address of their common picture."""

    pairs: dict[str, list[Pair]]
    data_uri: str


def pair_sheet(training: Faces, balanced: Faces, origins: pd.DataFrame) -> PairSheet:
    """The first new face of each operation, for every emotion: nobody chooses them.

    Args:
        training: The faces before balancing, which hold every parent.
        balanced: The faces after it, which hold every new face.
        origins: A row a new face: position in `balanced`, row of the parent, emotion, operation, amount.

    Raises:
        ValueError: A new face has no parent in `training`.
    """
    shown = _first_of_each(origins)
    parents, children = _positions(training, shown), shown["position"].to_numpy(int)
    tiles = np.stack([training.pixels[parents], balanced.pixels[children]], axis=1)
    return PairSheet({emotion: list(_pairs(shown, emotion)) for emotion in EMOTIONS},
                     data_uri(tiles.reshape(-1, *tiles.shape[2:])))


def _first_of_each(origins: pd.DataFrame) -> pd.DataFrame:
    first = origins.drop_duplicates(["emotion", "operation"])
    order = first["emotion"].map(EMOTIONS.index) * len(OPERATIONS) + first["operation"].map(list(OPERATIONS).index)
    return first.loc[order.sort_values().index].reset_index(drop=True)


def _positions(training: Faces, shown: pd.DataFrame) -> np.ndarray:
    position = {row: index for index, row in enumerate(training.row.tolist())}
    orphans = [row for row in shown["row"] if row not in position]
    if orphans:
        raise ValueError(f"Table of origins names parents that Training does not have, first csv row {orphans[0]}. "
                         "It is not of these faces: run the stage balance again.")
    return np.array([position[row] for row in shown["row"]], int)


def _pairs(shown: pd.DataFrame, emotion: str) -> Iterator[Pair]:
    own = shown[shown["emotion"] == emotion]
    for number, row, operation, amount in zip(own.index, own["row"], own["operation"], own["amount"], strict=True):
        parent, child = (Tile(*place_of(2 * number + side), emotion) for side in (0, 1))
        yield Pair(parent, child, row, in_words(operation, amount))
