"""Sheets of faces: which faces to show, and all of them in one PNG that the page cuts into tiles."""

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.labels import EMOTIONS, FACE_SIZE

COLUMNS = 8     # tiles of a sheet's row


@dataclass(frozen=True)
class Tile:
    """One face of a sheet, by its place there in tiles.

    Attributes:
        emotion_pred: What the champion said; None where nobody was asked.
        confidence: Probability it gave to that, in [0, 1].
    """

    x: int
    y: int
    emotion_true: str
    emotion_pred: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Sheet:
    """Tiles in reading order and the address of their common picture."""

    tiles: list[Tile]
    data_uri: str
    columns: int = COLUMNS


def sample_sheet(faces: np.ndarray, emotion: np.ndarray, *, per_emotion: int = 8) -> Sheet:
    """Faces of each emotion, taken at even distances through the file, so that no choice flatters it.

    Args:
        faces: `(faces, 48, 48)` uint8 grey levels.
        emotion: `(faces,)` emotion indices, 0 to 6.
        per_emotion: Faces to show of each.
    """
    chosen = np.concatenate([_evenly(np.flatnonzero(emotion == index), per_emotion) for index in range(len(EMOTIONS))])
    tiles = [Tile(*place_of(number), EMOTIONS[emotion[index]]) for number, index in enumerate(chosen)]
    return Sheet(tiles, data_uri(faces[chosen]))


def judged_sheet(faces: np.ndarray, predictions: Predictions, *, per_emotion: int = 4) -> Sheet:
    """The most confident right and the most confident wrong predictions of each true emotion; copies only once.

    Args:
        faces: `(faces, 48, 48)` uint8, in the order of the predictions.
        predictions: Of the same faces.
        per_emotion: Faces to show right and wrong, each.
    """
    right = predictions.emotion_pred == predictions.emotion_true
    chosen = np.concatenate([
        _most_confident(faces, predictions, np.flatnonzero((predictions.emotion_true == index) & (right == wanted)),
                        per_emotion)
        for index in range(len(EMOTIONS)) for wanted in (True, False)])
    tiles = [_judged_tile(number, predictions, index) for number, index in enumerate(chosen)]
    return Sheet(tiles, data_uri(faces[chosen]))


def data_uri(faces: np.ndarray) -> str:
    """A PNG of the faces in rows of `COLUMNS`, as text for a style sheet; empty without faces.

    Args:
        faces: `(faces, 48, 48)` uint8 grey levels, or `(faces, 48, 48, 3)` uint8 red, green and blue.
    """
    if not len(faces):
        return ""
    rows = -(-len(faces) // COLUMNS)
    padded = np.zeros((rows * COLUMNS, *faces.shape[1:]), np.uint8)
    padded[:len(faces)] = faces
    picture = padded.reshape(rows, COLUMNS, FACE_SIZE, FACE_SIZE, -1).swapaxes(1, 2).reshape(
        rows * FACE_SIZE, COLUMNS * FACE_SIZE, -1)
    _, png = cv2.imencode(".png", picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])    # cv2: blue comes first
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()


def _evenly(index: np.ndarray, wanted: int) -> np.ndarray:
    return np.asarray(index[np.linspace(0, len(index) - 1, min(wanted, len(index))).round().astype(int)])


def _most_confident(faces: np.ndarray, predictions: Predictions, index: np.ndarray, wanted: int) -> np.ndarray:
    order = index[np.argsort(-predictions.probabilities[index].max(axis=1), kind="stable")]
    first_of_each = {faces[one].tobytes(): one for one in order[::-1]}
    return np.array([one for one in order if first_of_each[faces[one].tobytes()] == one][:wanted], int)


def _judged_tile(number: int, predictions: Predictions, index: int) -> Tile:
    return Tile(
        *place_of(number), EMOTIONS[predictions.emotion_true[index]], EMOTIONS[predictions.emotion_pred[index]],
        float(predictions.probabilities[index].max()))


def place_of(number: int) -> tuple[int, int]:
    """Column and row of the tile of that number."""
    return number % COLUMNS, number // COLUMNS
