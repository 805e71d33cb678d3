"""Faces of one usage with their emotions, as one array file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.plain_zip import write_arrays


@dataclass(frozen=True)
class Faces:
    """Faces of one usage, in the row order of the csv.

    Attributes:
        pixels: `(faces, 48, 48)` uint8 grey levels.
        emotion: `(faces,)` uint8, 0 to 6 in `EMOTIONS` order.
        row: `(faces,)` int32, the csv row each face comes from, 0-based.
        weight: `(faces,)` float32, what each counts in the training loss.
        balanced_batches: Every batch of a training is to hold equally many faces of each emotion.
        soft_labels: `(faces, 7)` float32, how likely each emotion is its label by FER+'s votes; None without the
            option.
    """

    pixels: np.ndarray
    emotion: np.ndarray
    row: np.ndarray
    weight: np.ndarray
    balanced_batches: bool = False
    soft_labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: np.ndarray) -> "Faces":
        """The faces at `index`, a mask or positions."""
        soft = None if self.soft_labels is None else self.soft_labels[index]
        return replace(self, pixels=self.pixels[index], emotion=self.emotion[index], row=self.row[index],
                       weight=self.weight[index], soft_labels=soft)


def join(parts: Sequence[Faces]) -> Faces:
    """The faces of all parts, in order; what is said of the whole (`balanced_batches`) is as in the first.

    Raises:
        ValueError: There is no part.
    """
    if not parts:
        raise ValueError("No faces to join: parts is empty; give one at least.")

    def all_of(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return replace(parts[0], pixels=all_of("pixels"), emotion=all_of("emotion"), row=all_of("row"),
                   weight=all_of("weight"))


def emotion_counts(faces: Faces) -> np.ndarray:
    """Faces of each emotion, `(7,)`."""
    return np.bincount(faces.emotion, minlength=len(EMOTIONS))


def as_input(pixels: np.ndarray) -> np.ndarray:
    """Pixels `(faces, 48, 48)` as networks take them: `(faces, 48, 48, 1)` float32, still 0 to 255."""
    return pixels[..., np.newaxis].astype(np.float32)


def write_faces(file: Path, faces: Faces) -> None:
    """Write an .npz of the arrays; the same faces give the same bytes. What was not asked for is not in it."""
    arrays = {"faces": faces.pixels, "emotion": faces.emotion, "row": faces.row, "weight": faces.weight}
    if faces.balanced_batches:
        arrays["balanced_batches"] = np.array(True)
    if faces.soft_labels is not None:
        arrays["soft_labels"] = faces.soft_labels
    write_arrays(file, arrays)


def read_faces(file: Path) -> Faces:
    """Read what `write_faces` wrote.

    Raises:
        InputError: The file is missing.
    """
    if not file.exists():
        raise InputError(f"{file} not found. `dvc repro` or `fer train-all` makes it; `dvc pull` fetches it.")
    with file.open("rb") as opened, np.load(opened) as arrays:
        balanced_batches = "balanced_batches" in arrays and bool(arrays["balanced_batches"])
        soft_labels = arrays.get("soft_labels")
        return Faces(arrays["faces"], arrays["emotion"], arrays["row"], arrays["weight"], balanced_batches, soft_labels)
