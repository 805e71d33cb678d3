"""Pictures with faces at known places, for measuring detectors: faces pasted with a soft border on photographs.

The faces are scikit-image's astronaut, or real ones of FER-2013; the photographs are scikit-image's without people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
from skimage import data

PHOTOGRAPHS = ("coffee", "chelsea", "rocket", "retina", "hubble_deep_field", "immunohistochemistry", "brick", "grass",
               "gravel", "moon", "clock")
CHANGES = ("dark", "bright", "blurred", "noisy", "jpeg")
CANVAS = (640, 480)     # px; width, height


@dataclass(frozen=True)
class Subject:
    """A face to paste.

    Attributes:
        picture: `(height, width, 3)` uint8.
        centre: Of the face, x and y in px.
        side: Of the square that FER-2013 would cut, px.
        reach: How far its surroundings are shown, in parts of the side.
    """

    picture: np.ndarray
    centre: tuple[float, float]
    side: float
    reach: float


@dataclass(frozen=True)
class Scene:
    """A picture `(height, width, 3)` uint8 and what it shows: x, y and side of each face, in px."""

    picture: np.ndarray
    faces: tuple[tuple[float, float, float], ...]


def astronaut() -> list[Subject]:
    """The one, with her hair."""
    return [Subject(data.astronaut(), (224.5, 113.5), 95, 0.8)]


def of_faces(faces: np.ndarray) -> list[Subject]:
    """Crops `(n, 48, 48)` uint8 without their corners."""
    return [Subject(_rgb(face), (23.5, 23.5), 48, 0.5) for face in faces]


def photographs(size: tuple[int, int] = CANVAS) -> Iterator[np.ndarray]:
    """Without end: each photograph filling the canvas, every second time mirrored and upside down."""
    for number in count():
        photograph = _rgb(getattr(data, PHOTOGRAPHS[number % len(PHOTOGRAPHS)])())
        photograph = photograph[::-1, ::-1] if number // len(PHOTOGRAPHS) % 2 else photograph
        scale = max(size[0] / photograph.shape[1], size[1] / photograph.shape[0])
        filled = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=_method(scale))
        yield filled[:size[1], :size[0]].copy()


def scenes(subjects: list[Subject], number: int, side: int, *, turn: float = 0, change: str | None = None,
           size: tuple[int, int] = CANVAS) -> list[Scene]:
    """At least `number` faces of `side` px, six in a picture or as many as have room, turned by degrees."""
    made: list[Scene] = []
    one, some = 0, photographs(size)
    while one < number:
        picture, faces = next(some), []
        for place in _places(size, side):
            _paste(picture, subjects[one % len(subjects)], place, side, turn)
            faces.append((*place, float(side)))
            one += 1
        made.append(Scene(changed(picture, change), tuple(faces)))
    return made


def changed(picture: np.ndarray, change: str | None) -> np.ndarray:
    """As a worse camera would have it."""
    if change == "dark":
        return (picture * 0.25).astype(np.uint8)
    if change == "bright":
        return np.asarray(np.minimum(picture * 1.8, 255), np.uint8)
    if change == "blurred":
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)
    if change == "noisy":
        noise = np.random.default_rng(0).normal(0, 25, picture.shape)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)
    if change == "jpeg":
        return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 15])[1],
                                       cv2.IMREAD_COLOR), np.uint8)
    return picture


def _rgb(picture: np.ndarray) -> np.ndarray:
    return np.repeat(picture[..., np.newaxis], 3, axis=2) if picture.ndim == 2 else picture


def _method(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC


def _places(size: tuple[int, int], side: int) -> Iterator[tuple[float, float]]:
    across, down = max(1, min(3, size[0] // (2 * side))), max(1, min(2, size[1] // (2 * side)))
    for place in range(across * down):
        yield (place % across + 0.5) * size[0] / across, (place // across + 0.5) * size[1] / down


def _paste(picture: np.ndarray, subject: Subject, place: tuple[float, float], side: int, turn: float) -> None:
    """Put it there, in place."""
    half = round(1.2 * side * subject.reach)
    left, top = max(0, round(place[0]) - half), max(0, round(place[1]) - half)
    window = picture[top:top + 2 * half, left:left + 2 * half]
    own = place[0] - left, place[1] - top
    scale = side / subject.side
    small = cv2.resize(subject.picture, None, fx=scale, fy=scale, interpolation=_method(scale))
    centre = subject.centre[0] * scale, subject.centre[1] * scale
    turned = cv2.getRotationMatrix2D(centre, turn, 1)
    turned[:, 2] += np.array(own) - centre
    above = cv2.warpAffine(small, turned, window.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    down, across = np.mgrid[:window.shape[0], :window.shape[1]]
    distance = np.hypot(across - own[0], down - own[1]) / (side * subject.reach)
    share = np.clip((1.15 - distance) / 0.3, 0, 1)[..., np.newaxis]
    window[:] = window * (1 - share) + above * share
