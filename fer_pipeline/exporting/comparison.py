"""What conversion costs: the same faces, asked of Keras and of each file."""

from typing import TypedDict

import numpy as np

from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.rounding import rounded
from fer_pipeline.predicting.networks import Network

BATCH = 256
LEAST_SAME = 0.999


class Comparison(TypedDict):
    """Of a file with the network in Keras, one view a face.

    Attributes:
        bytes: Its size.
        same_class: Fraction of the faces to which both give the same emotion.
        largest_difference: Of any probability of any face.
        accuracy: Fraction.
        accuracy_difference: The file's minus Keras's.
    """

    bytes: int
    same_class: float
    largest_difference: float
    accuracy: float
    accuracy_difference: float


def ask(opened: Network, pixels: np.ndarray) -> np.ndarray:
    """What a file says of faces `(faces, 48, 48)` uint8, in batches: `(faces, 7)` in `EMOTIONS` order."""
    faces = as_input(pixels)
    said = [opened.raw(faces[start:start + BATCH]) for start in range(0, len(faces), BATCH)]
    return np.concatenate(said)[:, opened.card.order]


def compare(opened: Network, faces: Faces, by_keras: np.ndarray) -> Comparison:
    """Compare a file with what Keras says of the same faces, `(faces, 7)`."""
    said = ask(opened, faces.pixels)
    right, right_by_keras = (float((one.argmax(1) == faces.emotion).mean()) for one in (said, by_keras))
    return {"bytes": opened.file.stat().st_size,
            "same_class": rounded(float((said.argmax(1) == by_keras.argmax(1)).mean())),
            "largest_difference": rounded(float(np.abs(said - by_keras).max())),
            "accuracy": rounded(right), "accuracy_difference": rounded(right - right_by_keras)}


def require_same(found: Comparison, name: str) -> None:
    """Refuse a float32 file that is another network.

    Raises:
        InputError: Fewer than `LEAST_SAME` of the faces have the same emotion.
    """
    if found["same_class"] < LEAST_SAME:
        raise InputError(f"{name} gives {found['same_class']:.2%} of the PublicTest faces the emotion that Keras gives "
                         f"them, and probabilities differ by up to {found['largest_difference']:.3g}. Allowed: "
                         f"{LEAST_SAME:.1%} and more. A layer is converted wrongly: write it with others.")


def require_small_loss(found: Comparison, name: str, most: float | None) -> None:
    """Refuse an int8 file that loses too much.

    Raises:
        InputError: Its accuracy is more than `most`, a fraction, below Keras's.
    """
    if most is not None and -found["accuracy_difference"] > most:
        raise InputError(f"{name} has a PublicTest accuracy of {found['accuracy']:.2%}, "
                         f"{-100 * found['accuracy_difference']:.2f} points below Keras. Allowed: {100 * most:g} "
                         "points (export.max_int8_loss in params.yaml). Raise export.calibration_faces, or the limit.")


def one_view(opened: Network, faces: Faces) -> Figures:
    """Figures of a file where each face is seen once."""
    return figures(faces.emotion, ask(opened, faces.pixels).argmax(1))
