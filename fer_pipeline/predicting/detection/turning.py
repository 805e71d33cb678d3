"""A turned picture, for detectors that find upright faces alone."""

import cv2
import numpy as np


def turned(grey: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture turned so that a face that leans by `degrees` stands upright.

    Args:
        grey: `(height, width)` uint8.
        degrees: Clockwise, by which the line through the eyes falls to the right.

    Returns:
        The whole of it on a larger canvas, and the matrix `(2, 3)` that leads x, y, 1 on that canvas back.
    """
    if degrees == 0:
        return grey, np.eye(2, 3)
    height, width = grey.shape
    cosine, sine = abs(np.cos(np.radians(degrees))), abs(np.sin(np.radians(degrees)))
    size = round(width * cosine + height * sine), round(width * sine + height * cosine)
    there = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    there[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(grey, there, size), np.uint8), np.asarray(cv2.invertAffineTransform(there))
