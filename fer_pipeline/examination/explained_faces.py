"""The faces that are explained: which they are, and the file that holds their maps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.plain_zip import write_arrays


@dataclass(frozen=True)
class ExplainedFaces:
    """Faces by true emotion, of each the right predictions before the wrong ones, the most confident first.

    Attributes:
        row: `(faces,)` csv row numbers.
        emotion_true: `(faces,)` uint8.
        emotion_pred: `(faces,)` uint8.
        confidence: `(faces,)` float32, the probability of the predicted emotion.
        maps: `(faces, 48, 48)` float32, the fall of that probability where a pixel is covered, in [-1, 1].
        model_sha256: Checksum of the model file that was asked.
    """

    row: np.ndarray
    emotion_true: np.ndarray
    emotion_pred: np.ndarray
    confidence: np.ndarray
    maps: np.ndarray
    model_sha256: str


def most_confident(predictions: Predictions, pixels: np.ndarray, each: int) -> np.ndarray:
    """Positions of the most confident right and wrong predictions of every true emotion; equal faces only once.

    Args:
        predictions: Of these faces.
        pixels: `(faces, 48, 48)` uint8 in their order.
        each: Faces wanted right and wrong, each, of an emotion; there may be fewer.

    Returns:
        In the order of `ExplainedFaces`; equally confident ones by row.
    """
    right = predictions.emotion_pred == predictions.emotion_true
    best_first = np.lexsort((predictions.row, -predictions.probabilities.max(axis=1)))
    groups = [best_first[(predictions.emotion_true[best_first] == emotion) & (right[best_first] == wanted)]
              for emotion in range(len(EMOTIONS)) for wanted in (True, False)]
    return np.concatenate([_first_of_equals(group, pixels)[:each] for group in groups])


def _first_of_equals(positions: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    first = {pixels[one].tobytes(): one for one in positions[::-1]}
    return np.array([one for one in positions if first[pixels[one].tobytes()] == one], int)


def write_explained(file: Path, explained: ExplainedFaces) -> None:
    """Write an .npz; the same maps give the same bytes."""
    write_arrays(file, {
        "row": explained.row, "emotion_true": explained.emotion_true, "emotion_pred": explained.emotion_pred,
        "confidence": explained.confidence, "maps": explained.maps, "model_sha256": np.array(explained.model_sha256)})


def read_explained(file: Path) -> ExplainedFaces:
    """Read what `write_explained` wrote."""
    with file.open("rb") as opened, np.load(opened) as arrays:
        return ExplainedFaces(arrays["row"], arrays["emotion_true"], arrays["emotion_pred"], arrays["confidence"],
                              arrays["maps"], str(arrays["model_sha256"]))
