"""Roundness: a height map of the face, the light that falls on it, and the shade of its hollows.

Bumps and shades are axis-parallel Gaussians, so a whole map is one product of two small matrices.
"""

import cv2
import numpy as np

from fer_pipeline.sample.appearance import EYE_Y
from fer_pipeline.sample.face import CANVAS, FRAME, HEAD_DEPTH, SIDES, SUPERSAMPLING, Face
from fer_pipeline.sample.mouth import lips, mouth_corner

CELL = 0.5  # face pixels a cell of the map
CELLS = int(FRAME / CELL)
GRID = (np.arange(CELLS) + 0.5) * CELL - FRAME / 2.0

Spot = tuple[float, float, float, float, float]  # x, y, width, height (standard deviations), strength


def light_map(face: Face) -> np.ndarray:
    """Light that each canvas pixel sends back, `(CANVAS, CANVAS)` float32; 1 where the surface faces the viewer."""
    heights = _surface(face) + _gaussians(face, _bumps(face))
    slope_x, slope_y = np.gradient(heights, CELL)[::-1]
    light_x, light_y, light_z = face.light.direction
    facing = (light_z - slope_x * light_x - slope_y * light_y) / np.sqrt(1.0 + slope_x**2 + slope_y**2)
    ambient = face.light.ambient
    lit = (ambient + (1.0 - ambient) * np.maximum(facing, 0.0)) / (ambient + (1.0 - ambient) * max(light_z, 0.6))
    shade = lit * np.clip(1.0 - _gaussians(face, _hollows(face)), 0.25, 1.3)
    return np.asarray(cv2.resize(shade, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR))


def _surface(face: Face) -> np.ndarray:
    """The bare ellipsoid of the head, a little larger than its outline, so that cheeks do not end in black."""
    x = (GRID / (face.identity.head_width * 1.25)) ** 2
    y = (GRID / 31.0) ** 2
    return np.asarray(HEAD_DEPTH * np.sqrt(np.maximum(1.0 - x[None, :] - y[:, None], 0.02)), np.float32)


def _gaussians(face: Face, spots: list[Spot]) -> np.ndarray:
    """Sum of all spots on the grid, `(CELLS, CELLS)`."""
    table = np.array(spots)
    centre = face.place(table[:, :2]) / SUPERSAMPLING - FRAME / 2.0
    across = np.exp(-0.5 * ((GRID[None, :] - centre[:, :1]) / table[:, 2:3]) ** 2)
    down = np.exp(-0.5 * ((GRID[None, :] - centre[:, 1:]) / table[:, 3:4]) ** 2)
    return np.asarray(down.T @ (table[:, 4:] * across), np.float32)


def _bumps(face: Face) -> list[Spot]:
    return [*_nose_bumps(face), *_lip_bumps(face), *_cheek_bumps(face), *_eye_bumps(face)]


def _nose_bumps(face: Face) -> list[Spot]:
    person = face.identity
    tip, high, wide = person.nose_y - 1.6 - 0.5 * face.both[9], person.nose_height, person.nose_width
    wing_y = tip + 0.7 - 0.6 * face.both[9] - 0.3 * face.both[10]
    spread = wide * (1.0 + 0.15 * face.both[9] + 0.1 * face.both[12] + 0.08 * face.both[10])
    return [
        (0.0, EYE_Y + 2.0, 1.5, 4.0, 1.9 * high),
        (0.0, tip - 2.5, 1.7, 2.2, 1.6 * high),
        (0.0, tip, 0.62 * wide, 1.7, 2.6 * high),
        (-spread, wing_y, 1.2, 1.2, 1.5 * high),
        (spread, wing_y, 1.2, 1.2, 1.5 * high),
    ]


def _lip_bumps(face: Face) -> list[Spot]:
    shape, both = lips(face), face.both
    upper = float((shape.upper_outer[12, 1] + shape.upper_inner[12, 1]) / 2)
    lower = float((shape.lower_outer[12, 1] + shape.lower_inner[12, 1]) / 2)
    chin = face.identity.chin_y + face.jaw_drop - 3.4 - 1.2 * both[17]
    return [
        (0.0, (upper + lower) / 2, 7.0, 5.0, 1.6),
        (0.0, upper, 4.0, 0.8, 0.35),
        (0.0, lower, 3.6, 0.9, 0.7 * face.identity.lip_fullness),
        (0.0, lower + 2.4, 4.5, 1.0, -0.8 - 0.5 * both[17]),
        (0.0, chin, 3.6, 2.3, 1.5 + 0.7 * both[17]),
    ]


def _cheek_bumps(face: Face) -> list[Spot]:
    """Cheeks, higher and fuller with AU 6 and 12, and the soft puckers beside smiling corners of the mouth."""
    spots: list[Spot] = []
    for side, sign in SIDES:
        raised = 0.5 * face.units[side, 6] + 0.5 * face.units[side, 12]
        corner = mouth_corner(face, side, sign)
        spots += [
            (sign * 10.8, 4.5 - 1.6 * raised, 4.2, 3.6, 0.8 + 1.4 * raised),
            (corner[0] + sign * 1.2, corner[1], 1.2, 2.0, -0.5 * face.units[side, 12]),
        ]
    return spots


def _eye_bumps(face: Face) -> list[Spot]:
    """Brow ridges, sockets and eyeballs, and the pad that AU 4 gathers between the brows."""
    spots: list[Spot] = [(0.0, EYE_Y - 4.0, 2.2, 2.2, 0.9 * face.both[4])]
    for side, sign in SIDES:
        brow_y = EYE_Y - face.identity.brow_height + 1.6 * face.units[side, 4] - 1.8 * face.units[side, 2]
        spots += [
            (sign * 8.5, brow_y, 5.0, 1.8, 0.9),
            (sign * 5.2, EYE_Y - 0.8, 1.8, 2.6, -1.5),
            (sign * face.identity.eye_x, EYE_Y, 3.2, 2.2, 0.6),
        ]
    return spots


def _hollows(face: Face) -> list[Spot]:
    """Where little ambient light arrives: sockets, below the nose, below the lower lip, below the brows."""
    person, both = face.identity, face.both
    under_lip = float(lips(face).lower_outer[12, 1]) + 1.0
    spots: list[Spot] = [
        (0.0, person.nose_y + 0.9, person.nose_width * 0.9, 0.8, 0.15),
        (0.0, under_lip, 3.4, 0.8, 0.16),
        (0.0, person.nose_y - 3.2, 0.9, 2.6, -0.10),
        (0.0, -14.0, 8.0, 3.5, -0.06),
        (0.0, EYE_Y - 3.0, 2.6, 2.6, 0.10 * both[4]),
    ]
    for side, sign in SIDES:
        spots += [
            (sign * 5.4, EYE_Y - 1.2, 1.5, 2.0, 0.22),
            (sign * 9.5, EYE_Y - 2.6, 4.4, 1.3, 0.16 - 0.06 * face.units[side, 2]),
            (sign * 9.0, EYE_Y + 3.4, 3.4, 1.0, 0.07 + 0.10 * person.age),
            (sign * 11.0, 3.0 - face.units[side, 6], 2.6, 1.8, -0.07 - 0.07 * face.units[side, 12]),
            (sign * 3.0, 1.0, 0.9, 3.0, 0.08),
        ]
    return spots
