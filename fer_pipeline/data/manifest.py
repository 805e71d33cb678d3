"""What is known of each face beside its pixels: one row a face, one manifest a usage."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import Usage


def content_hashes(pixels: np.ndarray) -> np.ndarray:
    """SHA-256 of each face's 2,304 bytes, in hexadecimal; `(faces,)` object."""
    return np.array([hashlib.sha256(face.tobytes()).hexdigest() for face in pixels], object)


def describe(faces: Faces, usage: Usage, paths: Sequence[str] | None = None) -> pd.DataFrame:
    """Build the manifest of one usage.

    Args:
        faces: All of the usage.
        usage: Its name.
        paths: Of the pictures within their source; none for rows of a csv.

    Returns:
        A frame with row, usage, emotion, path, sha256 and the grey levels' mean, std, min and max.
    """
    flat = faces.pixels.reshape(len(faces), -1)
    return pd.DataFrame(
        {
            "row": faces.row,
            "usage": str(usage),
            "emotion": faces.emotion,
            "path": paths if paths is not None else [""] * len(faces),
            "sha256": content_hashes(faces.pixels),
            "mean": flat.mean(axis=1, dtype=np.float64).astype(np.float32),
            "std": flat.std(axis=1, dtype=np.float64).astype(np.float32),
            "min": flat.min(axis=1, initial=255),
            "max": flat.max(axis=1, initial=0),
        }
    )
