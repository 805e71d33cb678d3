"""One face found twice."""

from collections.abc import Iterable

from fer_pipeline.predicting.detection import Face

SAME = 0.5      # of the smaller box: a larger common part means one face


def without_doubles(faces: Iterable[Face]) -> list[Face]:
    """The surest of each group of boxes that show one face; largest first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(common_part(face, other) <= SAME for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.width * face.height)


def common_part(one: Face, other: Face) -> float:
    """Area that both cover, as a part of the smaller."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    least = min(one.width * one.height, other.width * other.height)
    return max(across, 0.0) * max(down, 0.0) / least if least > 0 else 0.0
