"""OpenCV 4's frontal Haar cascade: part of the package, 0.5 MB, no landmarks.

Its settings are measured in docs/predict.md by benchmarks/detectors.py.

Source: Viola and Jones 2001, "Rapid object detection using a boosted cascade of simple features"; Lienhart and Maydt
2002; OpenCV's haarcascade_frontalface_alt2.xml.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any

import cv2
import cv2.data
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.detection.doubles import without_doubles
from fer_pipeline.predicting.detection.scaling import at_most
from fer_pipeline.predicting.detection.turning import turned

LARGEST_SIDE = 1024     # px; a larger picture is searched at this size
LEAST_SIDE = 20         # px; of the cascade's window
COARSER = 2             # times: leaning faces must be so much larger than upright ones, for speed
SURER = 1               # more neighbours that leaning faces need, against false alarms


@dataclass(frozen=True)
class Settings:
    """How the cascade searches.

    Attributes:
        cascade: A file of OpenCV's.
        share: Of the picture's shorter side, that a face must have to be looked for,
        enough: unless it has so many px.
        finest: Side in px of the smallest face in the picture as it is searched: a larger picture is made smaller.
        step: From one size of faces to the next.
        neighbours: How often a face must be found beside itself.
        turns: Degrees by which faces may lean, clockwise, in a picture where none is upright.
    """

    cascade: str = "haarcascade_frontalface_alt2.xml"
    share: float = 1 / 16
    enough: int = 40
    finest: int = 20
    step: float = 1.2
    neighbours: int = 1
    turns: tuple[float, ...] = (30, -30)


DEFAULT = Settings()


class Haar:
    """The cascade, loaded once a thread: it must not be used by two at a time."""

    name = "haar"
    margin = 0.02
    shift = 0.01

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._own = local()
        self._cascade()

    def detect(self, picture: np.ndarray) -> list[Face]:
        """Frontal faces, largest first; leaning ones only where none is upright."""
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        wanted = max(LEAST_SIDE, min(min(grey.shape) * self._settings.share, self._settings.enough))
        return (without_doubles(self._search(grey, wanted))
                or without_doubles(face for turn in self._settings.turns
                                   for face in self._search(grey, COARSER * wanted, turn)))

    def _search(self, grey: np.ndarray, wanted: float, turn: float = 0.0) -> Iterator[Face]:
        """Faces of `wanted` px and more that lean by `turn`."""
        small, scale = at_most(grey, min(max(grey.shape) * self._settings.finest / wanted, LARGEST_SIDE))
        if min(small.shape) < LEAST_SIDE:
            return
        upright, back = turned(small, turn)
        least = max(LEAST_SIDE, int(wanted * scale / self._settings.step))      # a step below
        neighbours = self._settings.neighbours + (SURER if turn else 0)
        boxes, _, weights = self._cascade().detectMultiScale3(
            upright, self._settings.step, neighbours, minSize=(least, least), outputRejectLevels=True)
        for (left, top, width, height), weight in zip(np.reshape(boxes, (-1, 4)).tolist(), np.ravel(weights).tolist(),
                                                      strict=True):
            across, down = back @ (left + width / 2, top + height / 2, 1)
            left, top = across - width / 2, down - height / 2
            yield Face(left / scale, top / scale, width / scale, height / scale, weight, tilt=turn)

    def _cascade(self) -> Any:
        if not hasattr(self._own, "cascade"):
            cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / self._settings.cascade))
            if cascade.empty():
                raise InputError(f"OpenCV {cv2.__version__} has no {self._settings.cascade}; version 5 ships none. Run "
                                 "`pip install -c constraints.txt -e .`, which installs a version 4.")
            self._own.cascade = cascade
        return self._own.cascade


def make() -> Detector:
    return Haar()
