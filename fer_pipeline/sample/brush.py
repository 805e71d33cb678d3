"""Smooth curves and anti-aliased shapes on a grey canvas. Points are canvas pixels, `(n, 2)`."""

from functools import cache

import cv2
import numpy as np

SHIFT = 4  # cv2 takes fixed-point coordinates: sixteenths of a pixel
STEPS = 6  # points of a smooth curve between two of its knots


def fill(canvas: np.ndarray, outline: np.ndarray, tone: float) -> None:
    """Fills a closed outline."""
    cv2.fillPoly(canvas, [_fixed(outline)], float(tone), cv2.LINE_AA, SHIFT)


def stroke(canvas: np.ndarray, line: np.ndarray, width: np.ndarray | float, tone: float) -> None:
    """Draws an open line whose width, in canvas pixels, may vary along it."""
    fill(canvas, ribbon(line, np.asarray(width) / 2.0), tone)


def disc(canvas: np.ndarray, centre: np.ndarray, radius: float, tone: float) -> None:
    """Fills a circle."""
    at = np.rint(centre * 2**SHIFT).astype(int)
    cv2.circle(canvas, (int(at[0]), int(at[1])), round(radius * 2**SHIFT), float(tone), -1, cv2.LINE_AA, SHIFT)


def ribbon(line: np.ndarray, half_widths: np.ndarray) -> np.ndarray:
    """Outline, `(2 n, 2)`, of a line with a half width at each point."""
    along = np.empty_like(line)
    along[1:-1] = line[2:] - line[:-2]
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    across = along[:, ::-1] * (-1.0, 1.0)
    across *= (half_widths / (np.hypot(along[:, 0], along[:, 1]) + 1e-9))[:, None]
    return np.concatenate([line + across, (line - across)[::-1]])


def curve(knots: np.ndarray | list[tuple[float, float]], *, closed: bool = False) -> np.ndarray:
    """A smooth curve through all knots (Catmull and Rom 1974), with `STEPS` points a knot."""
    return np.asarray(_weights(len(knots), closed) @ np.asarray(knots, dtype=float))


@cache
def taper(points: int, *, start: float = 0.0, end: float = 0.0) -> np.ndarray:
    """Widths along a line, `(points,)`: 1 in the middle, falling to `start` and `end`."""
    position = np.linspace(-1.0, 1.0, points)
    low = np.where(position < 0.0, start, end)
    return np.asarray(low + (1.0 - low) * (1.0 - position**2))


@cache
def _weights(knots: int, closed: bool) -> np.ndarray:
    """Matrix `(points, knots)` that turns knots into a Catmull-Rom curve."""
    spans = knots if closed else knots - 1
    time = np.arange(STEPS) / STEPS
    square, cube = time**2, time**3
    basis = [2 * square - cube - time, 3 * cube - 5 * square + 2, 4 * square - 3 * cube + time, cube - square]
    matrix = np.zeros((spans * STEPS + (not closed), knots))
    for span in range(spans):
        for neighbour, weight in zip(range(span - 1, span + 3), basis, strict=True):
            knot = neighbour % knots if closed else min(max(neighbour, 0), knots - 1)
            matrix[span * STEPS : (span + 1) * STEPS, knot] += weight / 2
    if not closed:
        matrix[-1, -1] = 1.0
    return matrix


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(points * 2**SHIFT), np.int32)
