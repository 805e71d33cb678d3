"""One face before it is drawn: person, hair, pose, light and action units, and where its points land on the canvas."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, prod, sin

import numpy as np

from fer_pipeline.sample.action_units import sample_units
from fer_pipeline.sample.appearance import (
    Hair,
    Identity,
    Light,
    Pose,
    sample_hair,
    sample_identity,
    sample_light,
    sample_pose,
)

SUPERSAMPLING = 4  # canvas pixels a pixel of the face
FRAME = 56  # face pixels of the canvas: the 48 of the face and a rim that turning and scaling may bring in
CANVAS = FRAME * SUPERSAMPLING
HEAD_DEPTH = 17.0  # from ear plane to the surface between the eyes
SIDES = ((0, -1.0), (1, 1.0))  # row of the units, sign of x

Moves = dict[tuple[int, ...], tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Face:
    """Everything that decides how one face looks; `units` is `(2, UNITS)`. Compared by
    identity, which makes it a key of caches.
    """

    identity: Identity
    hair: Hair
    pose: Pose
    light: Light
    units: np.ndarray

    @cached_property
    def both(self) -> np.ndarray:
        """Units averaged over the two sides, `(UNITS,)`."""
        return np.asarray(self.units.mean(axis=0))

    @cached_property
    def jaw_drop(self) -> float:
        """How far the chin hangs lower than at rest, in face pixels."""
        return float(2.6 * self.both[26] + 4.2 * self.both[27] + 0.5 * self.both[25])

    def place(self, points: np.ndarray, *, height: float = 0.0) -> np.ndarray:
        """Points on the head, `(n, 2)` in face pixels, as canvas pixels after the head was turned by yaw and pitch.

        The head is an ellipsoid; `height` lifts points off its surface (a nose tip, spectacles).
        """
        x, y = points[:, 0], points[:, 1]
        inside = 1.0 - (x / (self.identity.head_width * 1.04)) ** 2 - (y / 27.0) ** 2
        z = HEAD_DEPTH * np.sqrt(np.maximum(inside, 0.0)) + height
        placed = np.empty((len(points), 2))
        placed[:, 0] = x * cos(self.pose.yaw) + z * sin(self.pose.yaw)
        placed[:, 1] = y * cos(self.pose.pitch) + z * sin(self.pose.pitch)
        return (placed + FRAME / 2.0) * SUPERSAMPLING


def sample_face(emotion: str, rng: np.random.Generator) -> Face:
    """A random person in random pose and light who shows the emotion."""
    units = sample_units(emotion, rng)
    identity = sample_identity(rng)
    return Face(identity, sample_hair(identity, rng), sample_pose(rng), sample_light(rng), units)


def moved(rest: tuple[float, ...], moves: Moves, units: np.ndarray) -> np.ndarray:
    """Measures at rest plus the change by every action unit, or product of units, of a table.

    Args:
        rest: The measures without any action unit.
        moves: Units to the change of each measure at intensity 1.
        units: Intensities, `(UNITS,)`.
    """
    total = np.array(rest)
    for numbers, change in moves.items():
        intensity = prod(units[number] for number in numbers)
        if intensity:
            total += intensity * np.array(change)
    return total
