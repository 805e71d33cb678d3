"""How much two boxes are one."""

from collections.abc import Sequence
from dataclasses import replace

from fer_pipeline.predicting.detection import Face

SAME = 0.4      # of the union, from which two detections are one face


def overlap(one: Face, other: Face) -> float:
    """Intersection over union, from 0 to 1."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one.width * one.height + other.width * other.height - shared) if shared else 0.0


def moved(face: Face, across: float, down: float) -> Face:
    """The same face elsewhere."""
    points = None if face.points is None else face.points + (across, down)
    return replace(face, left=face.left + across, top=face.top + down, points=points)


def scaled(face: Face, factor: float) -> Face:
    """The same face in a picture `factor` times as large."""
    points = None if face.points is None else face.points * factor
    return replace(face, left=face.left * factor, top=face.top * factor, width=face.width * factor,
                   height=face.height * factor, points=points)


def without_repeats(faces: Sequence[Face]) -> list[Face]:
    """Each face once, by its surest box; largest first, as detectors give them."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda one: -one.score):
        if all(overlap(face, other) < SAME for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda one: -one.width)
