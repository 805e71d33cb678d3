"""Lips, teeth and the inside of the mouth: the lower-face action units 10, 12, 15, 16, 17, 20 and 23 to 27."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fer_pipeline.sample.brush import fill, stroke, taper
from fer_pipeline.sample.face import SIDES, SUPERSAMPLING, Face, Moves, moved

POSITION = np.linspace(-1.0, 1.0, 25)  # along the mouth from the image-left corner to the right one
AWAY = 1.0 - POSITION**2  # 0 in the corners, 1 in the middle

# Corner of the mouth: outwards, downwards.
CORNER_MOVES: Moves = {
    (12,): (2.4, -3.1),
    (15,): (0.3, 2.5),
    (20,): (2.2, 0.7),
    (10,): (0.2, 0.5),
    (17,): (-0.4, 0.8),
    (23,): (-0.9, 0.0),
    (24,): (-0.5, 0.1),
    (25,): (-0.2, 0.2),
    (26,): (-1.1, 1.3),
    (27,): (-1.5, 2.2),
    (12, 26): (0.9, -0.6),
}
# Middle of the lip line downwards; upper and lower gap between the lips; thickness of the upper and of the lower lip.
LIP_MOVES: Moves = {
    (9,): (-0.5, 0.0, 0.0, 0.1, 0.0),
    (10,): (-1.3, 0.1, 0.0, 0.35, 0.1),
    (12,): (0.35, 0.0, 0.0, -0.35, -0.3),
    (15,): (-0.3, 0.0, 0.0, -0.1, 0.1),
    (16,): (0.3, 0.0, 1.0, 0.0, 0.1),
    (17,): (-1.3, 0.0, 0.0, -0.15, 0.35),
    (20,): (0.2, 0.1, 0.2, -0.3, -0.3),
    (23,): (0.0, 0.0, 0.0, -0.65, -0.7),
    (24,): (-0.1, 0.0, 0.0, -0.85, -0.9),
    (25,): (0.0, 0.5, 1.3, 0.0, 0.0),
    (26,): (0.0, 0.9, 5.0, -0.1, -0.1),
    (27,): (0.0, 1.3, 7.2, -0.2, -0.3),
    (12, 25): (0.0, 0.2, 1.4, 0.0, 0.0),
    (10, 25): (0.0, 0.9, 0.5, 0.0, 0.0),
    (20, 25): (0.0, 0.2, 0.6, 0.0, 0.0),
}


@dataclass(frozen=True)
class Lips:
    """Four edges of the mouth, `(25, 2)` each in face pixels, image-left corner first."""

    upper_outer: np.ndarray
    upper_inner: np.ndarray
    lower_inner: np.ndarray
    lower_outer: np.ndarray

    @property
    def gap(self) -> float:
        """Widest opening between the lips."""
        return float((self.lower_inner - self.upper_inner)[:, 1].max())


@lru_cache(maxsize=2)  # both corners of the face in hand
def mouth_corner(face: Face, side: int, sign: float) -> np.ndarray:
    """One corner of the mouth, `(2,)` in face pixels."""
    x, y = moved((face.identity.mouth_width, face.identity.mouth_y), CORNER_MOVES, face.units[side])
    return np.array([sign * x, y])


@lru_cache(maxsize=1)  # mouth, beard and relief of one face ask in turn
def lips(face: Face) -> Lips:
    """The edges of both lips as the action units of a face shape them."""
    person = face.identity
    rest = (0.0, 0.0, 0.0, 1.25 * person.lip_fullness, 1.6 * person.lip_fullness)
    middle, gap_above, gap_below, upper, lower = moved(rest, LIP_MOVES, face.both)
    line = _lip_line(face, person.mouth_y + middle)
    open_profile = 1.0 - np.abs(POSITION) ** (2.2 + 2.0 * face.both[20] + 2.0 * face.both[16])
    upper_inner = line - _down(gap_above * open_profile)
    lower_inner = line + _down(gap_below * open_profile)
    return Lips(
        upper_inner - _down(max(upper, 0.25) * _bow()),
        upper_inner,
        lower_inner,
        lower_inner + _down(max(lower, 0.3) * AWAY**0.7),
    )


def draw_mouth(canvas: np.ndarray, face: Face) -> None:
    """Inside, teeth, lips and the line between closed lips."""
    shape = lips(face)
    if shape.gap > 0.35:
        _draw_inside(canvas, face, shape)
    tone = face.identity.skin_tone * face.identity.lip_shade
    _draw_lip(canvas, face, shape.upper_outer, shape.upper_inner, 0.88 * tone)
    _draw_lip(canvas, face, shape.lower_inner, shape.lower_outer, tone)
    if shape.gap <= 1.2:
        width = (0.75 + 0.2 * face.both[24]) * SUPERSAMPLING * taper(len(POSITION), start=0.55, end=0.55)
        stroke(canvas, face.place(shape.upper_inner), width, 0.28 * face.identity.skin_tone)


def _lip_line(face: Face, middle_y: float) -> np.ndarray:
    """Where closed lips meet: from corner to corner through the middle, bent most near the corners."""
    left, right = (mouth_corner(face, side, sign) for side, sign in SIDES)
    x = (left[0] + right[0]) / 2 + (right[0] - left[0]) / 2 * POSITION
    corner_y = np.where(POSITION < 0, left[1], right[1])
    return np.stack([x, middle_y + (corner_y - middle_y) * np.abs(POSITION) ** 1.7], axis=1)


def _draw_inside(canvas: np.ndarray, face: Face, shape: Lips) -> None:
    """The dark of the mouth, upper teeth, with AU 16 or 20 the lower ones, and the tongue of a wide mouth."""
    fill(canvas, face.place(np.concatenate([shape.upper_inner, shape.lower_inner[::-1]])), 18.0)
    opening = (shape.lower_inner - shape.upper_inner)[:, 1]
    both = face.both
    if shape.gap > 4.0:
        tongue = shape.lower_inner - _down(np.minimum(opening, 0.35 * shape.gap) * AWAY)
        outline = np.concatenate([tongue, shape.lower_inner[::-1]])[6:-6]
        fill(canvas, face.place(outline), 0.45 * face.identity.skin_tone)
    above = float(np.clip(0.6 + 2.3 * both[12] + 1.6 * both[10] + 0.5 * both[20], 0.0, 2.8))
    _draw_teeth(canvas, face, shape.upper_inner, _down(np.minimum(opening * 0.94, above)))
    below = 1.6 * max(both[16], 0.6 * both[20])
    if below > 0.4:
        _draw_teeth(canvas, face, shape.lower_inner, -_down(np.minimum(opening * 0.45, below)))


def _draw_teeth(canvas: np.ndarray, face: Face, edge: np.ndarray, height: np.ndarray) -> None:
    """A row of teeth from a lip towards the other; darker towards the corners, where the lips shade it."""
    front, white = slice(4, -4), 140.0 + 0.35 * face.identity.skin_tone
    fill(canvas, face.place(np.concatenate([edge, (edge + height)[::-1]])), 0.35 * white)
    fill(canvas, face.place(np.concatenate([edge[front], (edge + height)[front][::-1]])), white)
    stroke(canvas, face.place((edge + height)[front]), 0.35 * SUPERSAMPLING * taper(17), 0.4 * white)


def _draw_lip(canvas: np.ndarray, face: Face, above: np.ndarray, below: np.ndarray, tone: float) -> None:
    fill(canvas, face.place(np.concatenate([above, below[::-1]])), tone)


def _bow() -> np.ndarray:
    """Relative thickness of the upper lip: the bow of Cupid, with a dip below the nose."""
    peaks = np.exp(-(((np.abs(POSITION) - 0.22) / 0.2) ** 2))
    return np.asarray(AWAY**0.9 * (0.78 + 0.3 * peaks))


def _down(distance: np.ndarray) -> np.ndarray:
    """Vertical shifts `(25,)` as vectors `(25, 2)`."""
    return np.stack([np.zeros_like(distance), distance], axis=1)
