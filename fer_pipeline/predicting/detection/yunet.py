"""YuNet by OpenCV, from an ONNX file (0.2 MB) that FER_YUNET names and no package ships; five points.

Source: Wu, Peng and Yu 2023, "YuNet: a tiny millisecond-level face detector"; OpenCV's zoo.
"""

import os
from pathlib import Path
from threading import local
from typing import Any

import cv2
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.detection.doubles import without_doubles
from fer_pipeline.predicting.detection.scaling import at_most

VARIABLE = "FER_YUNET"
NAME = "face_detection_yunet_2023mar.onnx"
ADDRESS = "https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet"
LARGEST_SIDE = 1024     # px; a larger picture is searched at this size
STRIDE = 32             # px; both sides of what the network takes are multiples
SURE, SAME = 0.7, 0.3   # least score; most overlap of two faces


class YuNet:
    """The network, loaded once a thread."""

    name = "yunet"
    margin = 0.0
    shift = 0.0

    def __init__(self) -> None:
        self._file = _file()
        self._own = local()
        self._network()

    def detect(self, picture: np.ndarray) -> list[Face]:
        """Faces with their points, largest first."""
        small, scale = at_most(picture, LARGEST_SIDE)
        padded = _padded(small)
        network = self._network()
        network.setInputSize(padded.shape[1::-1])
        _, rows = network.detect(np.ascontiguousarray(padded[..., ::-1]))
        return without_doubles(_face(row, scale) for row in ([] if rows is None else rows))

    def _network(self) -> Any:
        if not hasattr(self._own, "network"):
            try:
                self._own.network = cv2.FaceDetectorYN.create(str(self._file), "", (STRIDE, STRIDE), SURE, SAME)
            except cv2.error as error:
                raise InputError(f"{self._file} is no YuNet that OpenCV {cv2.__version__} reads: {error.err}. Get "
                                 f"{NAME} from {ADDRESS}.") from None
        return self._own.network


def _file() -> Path:
    given = os.environ.get(VARIABLE)
    if not given:
        raise InputError(f"The detector yunet needs its file, and {VARIABLE} is not set. Get "
                         f"{NAME} (0.2 MB) from {ADDRESS} and set {VARIABLE} to its path, or "
                         "use --detector haar, which needs nothing.")
    if not Path(given).is_file():
        raise InputError(f"There is no file {given}, which {VARIABLE} names. Get {NAME} from "
                         f"{ADDRESS}, or correct {VARIABLE}.")
    return Path(given)


def _padded(picture: np.ndarray) -> np.ndarray:
    """With black on the right and below, up to multiples of the stride."""
    down, across = (-length % STRIDE for length in picture.shape[:2])
    return np.pad(picture, ((0, down), (0, across), (0, 0)))


def _face(row: np.ndarray, scale: float) -> Face:
    """From box, eyes, nose, mouth and score; its right eye is the person's, the left one in the picture."""
    left, top, width, height, *points, score = (row.astype(float) / ([scale] * 14 + [1.0])).tolist()
    return Face(left, top, width, height, score, np.reshape(points, (5, 2)))


def make() -> Detector:
    return YuNet()
