"""Eyes and brows: the upper-face action units 1, 2, 4, 5, 6, 7 and 9.

Every function paints on the unlit canvas; tones are those of the surface, before light.
"""

import numpy as np

from fer_pipeline.sample.appearance import EYE_Y
from fer_pipeline.sample.brush import curve, disc, fill, stroke, taper
from fer_pipeline.sample.face import SIDES, SUPERSAMPLING, Face, Moves, moved

# Four brow knots from the nose outwards, (x, y) each: AU 1 lifts the inner end, AU 2 the outer, AU 4 gathers.
BROW_MOVES: Moves = {
    (1,): (-0.2, -3.2, 0.0, -2.2, 0.0, -0.6, 0.0, 0.3),
    (2,): (0.0, -0.9, 0.0, -1.9, 0.2, -3.2, 0.3, -2.3),
    (4,): (-1.3, 2.6, -0.8, 2.0, -0.4, 0.7, 0.0, 0.0),
    (1, 4): (0.2, -1.9, 0.2, -1.1, 0.0, 0.2, 0.0, 0.5),
    (6,): (0.0, 0.1, 0.0, 0.2, 0.0, 0.3, 0.0, 0.4),
    (9,): (-0.6, 1.7, -0.3, 1.2, 0.0, 0.4, 0.0, 0.0),
}
# Height of the upper lid above, and of the lower lid below, the line between the corners of the eye.
LID_MOVES: Moves = {
    (5,): (1.25, 0.25),
    (1,): (0.15, 0.0),
    (4,): (-0.25, 0.0),
    (6,): (-0.45, -0.75),
    (7,): (-0.45, -0.65),
    (9,): (-0.5, -0.5),
    (12,): (-0.1, -0.15),
    (15,): (-0.25, 0.0),
}
IRIS_RADIUS = 2.15


def draw_eyes(canvas: np.ndarray, face: Face) -> None:
    """Both eyes: eyeball first, then the lids that cover it, then lashes and folds."""
    for side, sign in SIDES:
        upper, lower = _lids(face, side, sign)
        _draw_eyeball(canvas, face, sign, np.concatenate([upper, lower[::-1]]))
        _cover(canvas, face, upper, -4.2)
        _cover(canvas, face, lower, 4.2)
        _draw_lashes(canvas, face, upper, lower)
        _draw_lid_fold(canvas, face, side, sign, upper)


def draw_highlights(canvas: np.ndarray, face: Face) -> None:
    """The lamp mirrored in both eyes; painted after the light because it does not darken with the skin."""
    light_x, light_y, _ = face.light.direction
    for side, sign in SIDES:
        opening = _opening(face, side)
        if opening.sum() > 1.6:
            spot = _iris(face, sign) + np.array([[0.8 * light_x + 0.25, 0.9 * light_y - 0.2]])
            disc(canvas, face.place(spot)[0], 0.4 * SUPERSAMPLING, 90.0 + 0.5 * face.identity.skin_tone)


def draw_brows(canvas: np.ndarray, face: Face) -> None:
    """Both brows, thick towards the nose and tapering outwards."""
    tone = face.identity.skin_tone * 0.35 + min(face.hair.tone, face.identity.skin_tone * 0.75) * 0.5
    for side, sign in SIDES:
        line = face.place(curve(brow_knots(face, side, sign)))
        width = face.identity.brow_thickness * 2.0 * SUPERSAMPLING
        stroke(canvas, line, width * taper(len(line), start=0.65, end=0.15), min(tone, face.identity.skin_tone * 0.8))


def brow_knots(face: Face, side: int, sign: float) -> np.ndarray:
    """The four knots of a brow, `(4, 2)` in face pixels, from the nose outwards."""
    person = face.identity
    y = EYE_Y - person.brow_height
    arch = person.brow_arch
    rest = (3.9, y + 0.4, 7.2, y - 0.3 - 0.5 * arch, 11.0, y - 0.2 - arch, 14.8, y + 1.2)
    knots = moved(rest, BROW_MOVES, face.units[side]).reshape(4, 2)
    knots[:, 1] = np.minimum(knots[:, 1], EYE_Y - 1.9)  # a lowered brow meets the upper lid and stops there
    return knots * (sign, 1.0)


def _opening(face: Face, side: int) -> np.ndarray:
    """Upper and lower lid opening, in face pixels; never quite shut."""
    height = face.identity.eye_opening
    return np.asarray(np.maximum(moved((height, 0.62 * height), LID_MOVES, face.units[side]), (0.35, 0.1)))


def _lids(face: Face, side: int, sign: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the upper and of the lower lid in face pixels, inner corner to outer corner."""
    person = face.identity
    top, bottom = _opening(face, side)
    inner, outer = person.eye_x - person.eye_width, person.eye_x + person.eye_width
    x, middle = person.eye_x, EYE_Y - person.eye_slant / 2
    start, end = (inner, EYE_Y + 0.5), (outer, EYE_Y - person.eye_slant)
    upper = [start, (x - 1.6, middle - 0.92 * top), (x + 1.4, middle - top), end]
    lower = [start, (x - 1.2, middle + 0.9 * bottom), (x + 1.8, middle + bottom), end]
    return curve(upper) * (sign, 1.0), curve(lower) * (sign, 1.0)


def _iris(face: Face, sign: float) -> np.ndarray:
    gaze_x, gaze_y = face.pose.gaze
    return np.array([[sign * face.identity.eye_x + gaze_x, EYE_Y - 0.35 + gaze_y]])


def _draw_eyeball(canvas: np.ndarray, face: Face, sign: float, outline: np.ndarray) -> None:
    white = 120.0 + 0.5 * face.identity.skin_tone
    fill(canvas, face.place(outline), white)
    centre = face.place(_iris(face, sign))[0]
    disc(canvas, centre, IRIS_RADIUS * SUPERSAMPLING, face.identity.iris_tone * 0.75)
    disc(canvas, centre, 0.8 * IRIS_RADIUS * SUPERSAMPLING, face.identity.iris_tone)
    disc(canvas, centre, 0.45 * IRIS_RADIUS * SUPERSAMPLING, 10.0)


def _cover(canvas: np.ndarray, face: Face, edge: np.ndarray, reach: float) -> None:
    """Paints the skin of a lid from its edge away from the eye, over what of the iris it hides."""
    far = edge + np.outer(np.sin(np.linspace(0.0, np.pi, len(edge))), (0.0, reach))
    fill(canvas, face.place(np.concatenate([edge, far[::-1]])), face.identity.skin_tone * (0.93 if reach < 0 else 0.97))


def _draw_lashes(canvas: np.ndarray, face: Face, upper: np.ndarray, lower: np.ndarray) -> None:
    skin = face.identity.skin_tone
    thick = 0.85 * SUPERSAMPLING * taper(len(upper), start=0.4, end=0.7)
    stroke(canvas, face.place(upper), thick, 0.22 * skin)
    stroke(canvas, face.place(lower), 0.4 * thick, 0.55 * skin)


def _draw_lid_fold(canvas: np.ndarray, face: Face, side: int, sign: float, upper: np.ndarray) -> None:
    """The fold above the upper lid; it vanishes where a lowered brow covers it."""
    brow_y = brow_knots(face, side, sign)[1:3, 1].mean()
    fold = upper[2:-1] - (0.0, 1.15 - 0.35 * face.units[side, 5])
    if fold[:, 1].min() > brow_y + 1.0:
        stroke(canvas, face.place(fold), 0.45 * SUPERSAMPLING * taper(len(fold)), 0.62 * face.identity.skin_tone)
