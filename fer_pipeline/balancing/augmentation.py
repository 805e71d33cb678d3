"""New faces for emotions that have few, each made of a Training face of the same emotion by one named change."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import pandas as pd

from fer_pipeline.balancing.changes import change, draw_change
from fer_pipeline.data.faces import Faces, emotion_counts, join
from fer_pipeline.labels import EMOTIONS

COLUMNS = ("position", "row", "emotion", "operation", "amount")


def _no_origins() -> pd.DataFrame:
    return pd.DataFrame(columns=list(COLUMNS))


@dataclass(frozen=True)
class Balanced:
    """Faces to train on, and where those come from that Training does not have.

    Attributes:
        faces: Those of Training first.
        origins: A row a new face: its position in `faces`, its parent's csv row, emotion, operation and amount.
    """

    faces: Faces
    origins: pd.DataFrame = field(default_factory=_no_origins)


def augmentation(training: Faces, target: int | None, seed: int) -> Balanced:
    """Add new faces to each emotion with fewer than `target` until it has as many; those of Training come first.

    Parents are taken in turn, so that all have as many children, but for one; no parent has the same child twice. With
    the same seed a higher target adds faces to those of a lower one. An emotion without any face has no parents and
    stays empty.

    Args:
        training: Faces to balance.
        target: Faces an emotion shall have; None for as many as the most frequent has.
        seed: Of parents, operations and amounts.
    """
    counts = emotion_counts(training)
    wanted = np.maximum((counts.max() if target is None else target) - counts, 0)
    drawn = [one for emotion in np.flatnonzero(counts)
             for one in islice(_changes(np.flatnonzero(training.emotion == emotion), [seed, int(emotion)]),
                               int(wanted[emotion]))]
    if not drawn:
        return Balanced(training)
    parents = training.take(np.array([parent for parent, _, _ in drawn]))
    made = replace(parents, pixels=np.stack([
        change(face, operation, amount)
        for face, (_, operation, amount) in zip(parents.pixels, drawn, strict=True)]))
    return Balanced(join([training, made]), _origins(len(training), made, drawn))


def _changes(own: np.ndarray, seed: list[int]) -> Iterator[tuple[int, str, float]]:
    """Parents' positions with operations and amounts, without end."""
    random = np.random.default_rng(seed)
    seen: set[tuple[int, str, float]] = set()
    while True:
        for parent in random.permutation(own).tolist():
            new = (parent, *draw_change(random))
            while new in seen:
                new = (parent, *draw_change(random))
            seen.add(new)
            yield new


def _origins(first: int, made: Faces, drawn: list[tuple[int, str, float]]) -> pd.DataFrame:
    return pd.DataFrame({
        "position": np.arange(first, first + len(made)), "row": made.row,
        "emotion": np.array(EMOTIONS)[made.emotion], "operation": [operation for _, operation, _ in drawn],
        "amount": [amount for _, _, amount in drawn]})
