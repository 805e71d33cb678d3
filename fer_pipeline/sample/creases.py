"""Folds of the skin: nostrils, nasolabial folds, and the lines that action units and age draw."""

import numpy as np

from fer_pipeline.sample.appearance import EYE_Y
from fer_pipeline.sample.brush import curve, stroke, taper
from fer_pipeline.sample.face import SIDES, SUPERSAMPLING, Face
from fer_pipeline.sample.mouth import mouth_corner

FAINT = 0.12  # folds shallower than this would vanish in 48 pixels


def draw_creases(canvas: np.ndarray, face: Face) -> None:
    """Every fold of the skin that is deep enough to be seen."""
    _draw_nostrils(canvas, face)
    _draw_forehead(canvas, face)
    for side, sign in SIDES:
        _draw_nasolabial(canvas, face, side, sign)
        _draw_frown(canvas, face, side, sign)
        _draw_nose_wrinkles(canvas, face, side, sign)
        _draw_eye_wrinkles(canvas, face, side, sign)
    _draw_chin(canvas, face)


def _crease(canvas: np.ndarray, face: Face, knots: list[tuple[float, float]], depth: float, width: float) -> None:
    """A tapered line; `depth` is the share of the skin's tone that it takes away."""
    if depth > FAINT:
        line = face.place(curve(knots))
        widths = width * SUPERSAMPLING * taper(len(line), start=0.2, end=0.2)
        stroke(canvas, line, widths, face.identity.skin_tone * (1.0 - min(depth, 0.7)))


def _draw_nostrils(canvas: np.ndarray, face: Face) -> None:
    y = face.identity.nose_y - 0.7 * face.both[9] - 0.3 * face.both[10]
    wide = face.identity.nose_width * (1.0 + 0.12 * face.both[9] + 0.08 * face.both[12])
    for _, sign in SIDES:
        hole = [(sign * 0.5, y + 0.2), (sign * 0.5 * wide, y - 0.2), (sign * 0.85 * wide, y + 0.1)]
        _crease(canvas, face, hole, 0.52, 0.9)
        wing = [(sign * (wide + 0.5), y - 2.4), (sign * (wide + 1.0), y - 1.0), (sign * (wide + 0.1), y + 0.1)]
        _crease(canvas, face, wing, 0.22 + 0.15 * face.both[9], 0.6)


def _draw_nasolabial(canvas: np.ndarray, face: Face, side: int, sign: float) -> None:
    """From the wing of the nose round the corner of the mouth: AU 9, 10, 12 and age."""
    units, corner = face.units[side], mouth_corner(face, side, sign)
    depth = 0.18 * face.identity.age + 0.26 * units[12] + 0.26 * units[10] + 0.15 * units[9] + 0.06 * units[20]
    top = (sign * (face.identity.nose_width + 1.4), face.identity.nose_y - 2.0 - units[9])
    bend = (sign * (7.2 + 1.6 * units[12] + 0.8 * units[10]), face.identity.nose_y + 1.6 - 0.6 * units[10])
    end = (corner[0] + sign * 2.2, min(corner[1], face.identity.mouth_y) - 0.8)
    _crease(canvas, face, [top, bend, end], min(depth, 0.3), 0.7)


def _draw_forehead(canvas: np.ndarray, face: Face) -> None:
    """Horizontal lines: in the middle with AU 1, across with AU 1 and 2."""
    inner, outer = face.both[1], face.both[2]
    depth = 0.12 * face.identity.age + 0.16 * inner + 0.16 * outer
    reach = 3.5 + 7.0 * min(1.0, outer + 0.4 * face.identity.age)
    for y in (-13.4, -15.6):
        bow = 0.5 * outer - 0.9 * inner * (1.0 - outer)
        line = [(-reach, y + 0.3), (-reach / 2, y), (0.0, y + bow), (reach / 2, y), (reach, y + 0.3)]
        _crease(canvas, face, line, depth, 0.6)


def _draw_frown(canvas: np.ndarray, face: Face, side: int, sign: float) -> None:
    """The upright line beside the root of the nose: AU 4."""
    units = face.units[side]
    top = EYE_Y - face.identity.brow_height - 1.2 + 1.0 * units[4] - 1.0 * units[1]
    knots = [(sign * 1.9, top), (sign * 1.5, top + 2.0), (sign * 1.9, top + 3.8)]
    _crease(canvas, face, knots, 0.42 * units[4] + 0.1 * face.identity.age, 0.65)


def _draw_nose_wrinkles(canvas: np.ndarray, face: Face, side: int, sign: float) -> None:
    """Slanting wrinkles on the root and the flank of the nose: AU 9."""
    depth = 0.34 * face.units[side, 9]
    for y in (EYE_Y - 0.4, EYE_Y + 1.6):
        _crease(canvas, face, [(sign * 0.2, y - 0.3), (sign * 1.7, y), (sign * 3.4, y + 1.4)], depth, 0.7)


def _draw_eye_wrinkles(canvas: np.ndarray, face: Face, side: int, sign: float) -> None:
    """The bag below the lower lid and crow's-feet: AU 6, a little AU 7 and 9."""
    units, x = face.units[side], sign * face.identity.eye_x
    depth = 0.3 * units[6] + 0.16 * units[7] + 0.15 * units[9] + 0.15 * face.identity.age
    y = EYE_Y + 2.5 - 0.5 * units[6]
    _crease(canvas, face, [(x - sign * 3.6, y - 0.6), (x, y + 0.5), (x + sign * 3.6, y - 0.4)], depth, 0.6)
    outer = abs(x) + face.identity.eye_width
    for lift in (-0.7, 1.2):
        tail = [(sign * (outer + 0.8), EYE_Y + 0.3 * lift), (sign * (outer + 3.4), EYE_Y + lift)]
        _crease(canvas, face, tail, 0.24 * units[6] + 0.1 * face.identity.age, 0.5)


def _draw_chin(canvas: np.ndarray, face: Face) -> None:
    """The arc above a chin boss that AU 17 pushes up."""
    y = face.identity.chin_y + face.jaw_drop - 5.2 - 0.8 * face.both[17]
    _crease(canvas, face, [(-3.6, y + 1.2), (0.0, y), (3.6, y + 1.2)], 0.36 * face.both[17], 0.8)
