"""Faces of a frame: the whole frame is searched now and then, in between only around the faces that are known."""

from collections.abc import Sequence

import cv2
import numpy as np

from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.video.boxes import moved, scaled, without_repeats

AROUND = 0.5            # of the face's size, searched on each side of it
ENOUGH = 80             # px; a larger face is searched for in a smaller picture
SIZES = (0.6, 1.6)      # of its last size, that a face may have in the next frame
SMALLEST = 24           # px; no detector finds smaller faces


def near(detector: Detector, picture: np.ndarray, expected: Sequence[Face]) -> list[Face]:
    """Search around where faces should be.

    Args:
        detector: Any.
        picture: `(height, width, 3)` uint8; red, green, blue.
        expected: Where the faces should be; partly or wholly outside is allowed.

    Returns:
        Faces found of about the expected size, each once; largest first.
    """
    return without_repeats([face for one in expected for face in _around(detector, picture, one)])


def _around(detector: Detector, picture: np.ndarray, expected: Face) -> list[Face]:
    left, top, window = _window(picture, expected)
    if min(window.shape[:2]) < SMALLEST:
        return []
    factor = max(1.0, expected.width / ENOUGH)
    if factor > 1:
        window = cv2.resize(window, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    found = [moved(scaled(face, factor), left, top) for face in detector.detect(np.ascontiguousarray(window))]
    return [face for face in found if SIZES[0] <= face.width / expected.width <= SIZES[1]]


def _window(picture: np.ndarray, face: Face) -> tuple[int, int, np.ndarray]:
    """Its left column, top row and pixels."""
    across, down = face.width * AROUND, face.height * AROUND
    left, top = max(0, int(face.left - across)), max(0, int(face.top - down))
    right, bottom = int(face.left + face.width + across) + 1, int(face.top + face.height + down) + 1
    return left, top, picture[top:max(top, bottom), left:max(left, right)]
