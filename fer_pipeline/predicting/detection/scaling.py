"""Large pictures are searched small."""

import cv2
import numpy as np


def at_most(picture: np.ndarray, side: float) -> tuple[np.ndarray, float]:
    """The picture with its larger side at most `side` px, and what its lengths were multiplied by."""
    scale = min(1.0, side / max(picture.shape[:2]))
    if scale == 1:
        return picture, scale
    size = [max(1, round(length * scale)) for length in picture.shape[1::-1]]
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), scale
