"""What a network says of faces, also as the mean over several views of each."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np

from fer_pipeline.batches import in_batches
from fer_pipeline.data.faces import as_input
from fer_pipeline.recipes import TestTime

if TYPE_CHECKING:
    import keras

BATCH = 256
ONE_VIEW = TestTime()


def probabilities(network: "keras.Model", pixels: np.ndarray, test_time: TestTime = ONE_VIEW) -> np.ndarray:
    """Mean prediction over the views of each face.

    Args:
        network: From grey levels `(batch, 48, 48, 1)` to probabilities `(batch, 7)`.
        pixels: `(faces, 48, 48)` uint8.
        test_time: The views.

    Returns:
        `(faces, 7)` float32, each row summing to 1.
    """
    said = [network.predict(**in_batches(as_input(view), BATCH), verbose=0) for view in views(pixels, test_time)]
    return np.asarray(np.mean(said, axis=0), np.float32)


def views(pixels: np.ndarray, test_time: TestTime) -> Iterator[np.ndarray]:
    """The faces as they are and, as asked for, each shifted, turned, enlarged and mirrored; the border is repeated."""
    for view in chain([pixels], _shifted_ones(pixels, test_time.shift_pixels), _turned_ones(pixels, test_time)):
        yield view
        if test_time.horizontal_flip:
            yield view[:, :, ::-1]


def warped(face: np.ndarray, degrees: float, scale: float = 1) -> np.ndarray:
    """The face turned anticlockwise and enlarged about its middle, the border repeated."""
    height, width = face.shape
    there = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)
    return np.asarray(cv2.warpAffine(face, there, (width, height), borderMode=cv2.BORDER_REPLICATE))


def _shifted_ones(pixels: np.ndarray, shift: int) -> Iterator[np.ndarray]:
    corners = [(down, across) for down in (-shift, shift) for across in (-shift, shift)] if shift else []
    return (_shifted(pixels, down, across) for down, across in corners)


def _turned_ones(pixels: np.ndarray, test_time: TestTime) -> Iterator[np.ndarray]:
    turn, zoom = test_time.rotation_degrees, test_time.zoom
    turns = [(-turn, 1.0), (turn, 1.0)] if turn else []
    zooms = [(0.0, 1 / (1 - zoom)), (0.0, 1 / (1 + zoom))] if zoom else []
    return (np.array([warped(face, degrees, scale) for face in pixels], np.uint8).reshape(pixels.shape)
            for degrees, scale in (*turns, *zooms))


def _shifted(pixels: np.ndarray, down: int, across: int) -> np.ndarray:
    _, height, width = pixels.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - across, 0, width - 1)
    return pixels[:, rows[:, np.newaxis], columns]
