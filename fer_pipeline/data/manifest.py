"""What is known of each face beside its pixels: one row a face, one manifest a usage."""

import hashlib

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import Usage


def describe(faces: Faces, usage: Usage) -> pd.DataFrame:
    """Build the manifest of one usage.

    Returns:
        A frame with row, usage, emotion, sha256 (of the 2,304 pixel bytes) and the grey levels' mean, std, min and max.
    """
    flat = faces.pixels.reshape(len(faces), -1)
    return pd.DataFrame(
        {
            "row": faces.row,
            "usage": str(usage),
            "emotion": faces.emotion,
            "sha256": [hashlib.sha256(face.tobytes()).hexdigest() for face in flat],
            "mean": flat.mean(axis=1, dtype=np.float64).astype(np.float32),
            "std": flat.std(axis=1, dtype=np.float64).astype(np.float32),
            "min": flat.min(axis=1, initial=255),
            "max": flat.max(axis=1, initial=0),
        }
    )
