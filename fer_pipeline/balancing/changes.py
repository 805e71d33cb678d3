"""Changes that make a new face of another: each is an operation and an amount, and repeats to the same bytes."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from fer_pipeline.labels import FACE_SIZE

MIDDLE = (FACE_SIZE - 1) / 2


@dataclass(frozen=True)
class Operation:
    """One kind of change.

    Attributes:
        apply: From a face `(48, 48)` uint8 and an amount to the new face, `(48, 48)` uint8.
        least, most: Limits between which the size of an amount is drawn; its sign is drawn too.
        decimals: To which an amount is rounded, so that a table of text holds it exactly.
        words: The amount as a person reads it.
    """

    apply: Callable[[np.ndarray, float], np.ndarray]
    least: float
    most: float
    decimals: int
    words: str


def _flipped(face: np.ndarray, _: float) -> np.ndarray:
    return np.ascontiguousarray(face[:, ::-1])


def _rotated(face: np.ndarray, degrees: float) -> np.ndarray:
    return _warped(face, cv2.getRotationMatrix2D((MIDDLE, MIDDLE), degrees, 1))


def _zoomed(face: np.ndarray, growth: float) -> np.ndarray:
    return _warped(face, cv2.getRotationMatrix2D((MIDDLE, MIDDLE), 0, 1 + growth))


def _shifted_right(face: np.ndarray, pixels: float) -> np.ndarray:
    return _warped(face, np.array([[1, 0, pixels], [0, 1, 0]], np.float64))


def _shifted_down(face: np.ndarray, pixels: float) -> np.ndarray:
    return _warped(face, np.array([[1, 0, 0], [0, 1, pixels]], np.float64))


def _brightened(face: np.ndarray, grey_levels: float) -> np.ndarray:
    return np.clip(face.astype(np.int16) + int(grey_levels), 0, 255).astype(np.uint8)


def _warped(face: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.warpAffine(face, matrix, face.shape[::-1], flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_REPLICATE))


# No amount is near nothing: a new face that its parent can hardly be told from would be a copy.
OPERATIONS = {
    "horizontal_flip": Operation(_flipped, 0, 0, 0, ""),
    "rotation": Operation(_rotated, 3, 15, 2, " {:+g}°"),            # positive: counter-clockwise
    "shift_right": Operation(_shifted_right, 2, 5, 0, " {:+g} px"),
    "shift_down": Operation(_shifted_down, 2, 5, 0, " {:+g} px"),
    "zoom": Operation(_zoomed, 0.05, 0.15, 4, " {:+.2%}"),  # positive: the face grows
    "brightness": Operation(_brightened, 10, 40, 0, " {:+g}"),
}


def draw_change(random: np.random.Generator) -> tuple[str, float]:
    """An operation, all as likely, and its amount, evenly between the limits of either sign."""
    name = list(OPERATIONS)[random.integers(len(OPERATIONS))]
    chosen = OPERATIONS[name]
    amount = random.choice([-1, 1]) * random.uniform(chosen.least, chosen.most)
    return name, round(float(amount), chosen.decimals) + 0.0     # no flip by -0.0


def change(face: np.ndarray, operation: str, amount: float) -> np.ndarray:
    """The new face that `operation` by `amount` makes of `face`, `(48, 48)` uint8; the border is replicated.

    Raises:
        ValueError: There is no such operation.
    """
    if operation not in OPERATIONS:
        raise ValueError(f"Unknown operation {operation!r}. Available: {', '.join(OPERATIONS)}. Does a table of "
                         "origins name it? It is of another version: run the stage balance again.")
    return OPERATIONS[operation].apply(face, amount)


def in_words(operation: str, amount: float) -> str:
    """A change as a person reads it: `rotation -7.25°`, `horizontal flip`."""
    return operation.replace("_", " ") + OPERATIONS[operation].words.format(amount)
