"""MTCNN by the package mtcnn, which carries its weights (2 MB) and needs TensorFlow; five points, finds turned faces.

Source: Zhang et al. 2016, "Joint face detection and alignment using multitask cascaded convolutional networks".
"""

import os
from importlib.util import find_spec
from threading import Lock
from typing import Any

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.detection.doubles import without_doubles
from fer_pipeline.predicting.detection.scaling import at_most

LARGEST_SIDE = 1024     # px; a larger picture is searched at this size
SMALLEST = 20           # px; of the network's own pyramid
LEAST_SIDE = 24         # px; a smaller picture leaves its pyramid empty
POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")     # left and right as the picture shows them
NEEDED = ("mtcnn", "tensorflow")


class Mtcnn:
    """Its three networks, loaded once; one picture at a time."""

    name = "mtcnn"
    margin = 0.0
    shift = 0.0

    def __init__(self) -> None:
        if missing := [package for package in NEEDED if find_spec(package) is None]:
            raise InputError(f"The detector mtcnn needs {' and '.join(missing)}, which is not installed. Run `pip "
                             "install 'fer-pipeline[mtcnn]'`, or use --detector haar, which needs nothing.")
        self._lock = Lock()
        self._network = _network()

    def detect(self, picture: np.ndarray) -> list[Face]:
        """Faces with their points, largest first."""
        small, scale = at_most(picture, LARGEST_SIDE)
        if min(small.shape[:2]) < LEAST_SIDE:
            return []
        with self._lock:
            found = self._network.detect_faces(small, fit_to_image=False, min_face_size=SMALLEST)
        return without_doubles(_face(one, scale) for one in found)


def _network() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from fer_pipeline.runtime.notices import framework_notices_held

    with framework_notices_held():
        from mtcnn import MTCNN

        return MTCNN()


def _face(found: dict[str, Any], scale: float) -> Face:
    left, top, width, height = (float(edge) / scale for edge in found["box"])
    points = np.array([found["keypoints"][name] for name in POINTS], np.float64) / scale
    return Face(left, top, width, height, float(found["confidence"]), points)


def make() -> Detector:
    return Mtcnn()
