"""What is known of each face beside its pixels: one row a face, one manifest a usage."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, Usage

if TYPE_CHECKING:
    import pandas as pd

STEP_FACES = 32


def content_hashes(pixels: np.ndarray) -> np.ndarray:
    """SHA-256 of each face's 2,304 bytes, in hexadecimal; `(faces,)` object."""
    return np.array([hashlib.sha256(face.tobytes()).hexdigest() for face in pixels], object)


def picture_path(usage: str, emotion: int, row: int) -> str:
    """Where the picture of a face is, within the folder of all."""
    return f"{usage}/{EMOTIONS[emotion]}/{row:05}.png"


def describe(faces: Faces, usage: Usage, paths: Sequence[str] | None = None) -> "pd.DataFrame":
    """Build the manifest of one usage as a frame; see `columns`."""
    import pandas as pd  # a third of a second, which the stage `images` does without

    return pd.DataFrame(columns(faces, usage, paths))


def columns(faces: Faces, usage: Usage, paths: Sequence[str] | None = None) -> dict[str, np.ndarray | list[str]]:
    """Build the manifest of one usage.

    Args:
        faces: All of the usage.
        usage: Its name.
        paths: Of the pictures within their source; none for rows of a csv.

    Returns:
        Columns row, usage, emotion, path, sha256 and the grey levels' mean, std, min and max.
    """
    flat = faces.pixels.reshape(len(faces), -1)
    mean, std = _mean_and_std(flat)
    return {
        "row": faces.row,
        "usage": [str(usage)] * len(faces),
        "emotion": faces.emotion,
        "path": [""] * len(faces) if paths is None else list(paths),
        "sha256": content_hashes(faces.pixels).tolist(),
        "mean": mean,
        "std": std,
        "min": flat.min(axis=1, initial=255),
        "max": flat.max(axis=1, initial=0),
    }


def _mean_and_std(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row, computed in float64 for a few at a time: for all at once that is eight times the faces' memory."""
    mean, std = np.empty(len(flat), np.float32), np.empty(len(flat), np.float32)
    for start in range(0, len(flat), STEP_FACES):
        step = slice(start, start + STEP_FACES)
        mean[step] = flat[step].mean(axis=1, dtype=np.float64)
        std[step] = flat[step].std(axis=1, dtype=np.float64)
    return mean, std
