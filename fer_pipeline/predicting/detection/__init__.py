"""Face detectors behind one interface: `detector(name)` gives one, `detect` says where the faces of a picture are."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np

from fer_pipeline.errors import InputError

DETECTORS = ("haar", "mtcnn", "yunet")


@dataclass(frozen=True)
class Face:
    """Where a face is, in pixels of the picture.

    Attributes:
        left: Of the box's first column; may lie outside the picture, as may the other edges.
        top: Of its first row.
        width: Of the box.
        height: Of the box.
        score: How sure the detector is, the higher the surer; only comparable within one detector.
        points: `(5, 2)` x and y of left eye, right eye, nose, left and right corner of the mouth, as the picture shows
            them from left to right; None if the detector finds none.
        tilt: Degrees by which the line through the eyes falls to the right, as far as known without points.
    """

    left: float
    top: float
    width: float
    height: float
    score: float
    points: np.ndarray | None = None
    tilt: float = 0.0


class Detector(Protocol):
    """Finds faces.

    Attributes:
        name: One of `DETECTORS`.
        margin: By what part of its width a box is widened on each side to show what FER-2013's crops show.
        shift: By what part of its height the box moves down for that.
    """

    name: str
    margin: float
    shift: float

    def detect(self, picture: np.ndarray) -> list[Face]:
        """The faces of a picture `(height, width, 3)` uint8 in red, green, blue; largest first, none twice."""
        ...


def detector(name: str = DETECTORS[0]) -> Detector:
    """A detector by name, ready to use.

    Raises:
        InputError: An unknown name, or what it needs is missing.
    """
    if name not in DETECTORS:
        raise InputError(f"Unknown detector {name!r}. Allowed: {', '.join(DETECTORS)}.")
    make: Callable[[], Detector] = import_module(f"{__name__}.{name}").make
    return make()
