"""A face cut out as FER-2013's faces are: a grey square of 48 pixels, from forehead to chin, upright."""

import cv2
import numpy as np

from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.predicting.detection import Face

MOST = 1024     # px; a larger square is first cut at this size


def crop(picture: np.ndarray, face: Face, *, margin: float, shift: float = 0.0) -> np.ndarray:
    """The square around a face, turned so that the eyes are level where their places are known.

    Args:
        picture: `(height, width, 3)` uint8; red, green, blue.
        face: Where it is.
        margin: Added on each side, as a part of the box's larger side; negative takes away.
        shift: Down, as a part of the box's height.

    Returns:
        `(48, 48)` uint8. What lies outside the picture repeats its border.
    """
    side = max(face.width, face.height) * (1 + 2 * margin)
    centre = face.left + face.width / 2, face.top + face.height * (0.5 + shift)
    size = max(FACE_SIZE, min(round(side), MOST))
    turn = cv2.getRotationMatrix2D(centre, _tilt(face), size / side)
    turn[:, 2] += size / 2 - np.array(centre)
    square = cv2.warpAffine(picture, turn, (size, size), borderMode=cv2.BORDER_REPLICATE)
    return grey_face(square)


def grey_face(picture: np.ndarray) -> np.ndarray:
    """A picture that is a face crop already, as the network takes it.

    Args:
        picture: `(height, width, 3)` uint8 in red, green, blue, or `(height, width)` uint8.

    Returns:
        `(48, 48)` uint8; the same bytes for a grey picture of 48 pixels.
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if grey.shape != (FACE_SIZE, FACE_SIZE):
        grey = cv2.resize(grey, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _tilt(face: Face) -> float:
    """Degrees by which the line through the eyes falls to the right."""
    if face.points is None:
        return face.tilt
    across, down = face.points[1] - face.points[0]
    return float(np.degrees(np.arctan2(down, across)))
