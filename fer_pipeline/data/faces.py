"""Faces of one usage with their emotions, as one array file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_pipeline.errors import InputError


@dataclass(frozen=True)
class Faces:
    """Faces of one usage, in the row order of the csv.

    Attributes:
        pixels: `(faces, 48, 48)` uint8 grey levels.
        emotion: `(faces,)` uint8, 0 to 6 in `EMOTIONS` order.
        row: `(faces,)` int32, the csv row each face comes from, 0-based.
        weight: `(faces,)` float32, what each counts in the training loss.
    """

    pixels: np.ndarray
    emotion: np.ndarray
    row: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: np.ndarray) -> "Faces":
        """The faces at `index`, a mask or positions."""
        return Faces(self.pixels[index], self.emotion[index], self.row[index], self.weight[index])


def as_input(pixels: np.ndarray) -> np.ndarray:
    """Pixels `(faces, 48, 48)` as networks take them: `(faces, 48, 48, 1)` float32, still 0 to 255."""
    return pixels[..., np.newaxis].astype(np.float32)


def write_faces(file: Path, faces: Faces) -> None:
    """Write an .npz of the arrays; the same faces give the same bytes."""
    with file.open("wb") as out:
        np.savez(out, faces=faces.pixels, emotion=faces.emotion, row=faces.row, weight=faces.weight)


def read_faces(file: Path) -> Faces:
    """Read what `write_faces` wrote.

    Raises:
        InputError: The file is missing.
    """
    if not file.exists():
        raise InputError(f"{file} not found. `dvc repro` or `fer train-all` makes it; `dvc pull` fetches it.")
    with file.open("rb") as opened, np.load(opened) as arrays:
        return Faces(arrays["faces"], arrays["emotion"], arrays["row"], arrays["weight"])
