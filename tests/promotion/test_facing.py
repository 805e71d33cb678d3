from dataclasses import replace

import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.promotion.facing import faced, same_faces


def predictions(*said: int) -> Predictions:
    """Of faces whose emotion is 0 each."""
    probabilities = np.eye(7, dtype=np.float32)[list(said)]
    return Predictions(np.arange(len(said)), np.zeros(len(said), np.uint8), probabilities, "model")


def test_faces_are_counted_one_by_one():
    assert faced(predictions(0, 0, 1, 1), predictions(0, 1, 0, 1)) == (1, 1, 1, 1)


@pytest.mark.parametrize("other", [
    predictions(0, 0, 0), replace(predictions(0, 0), row=np.array([0, 2])),
    replace(predictions(0, 0), emotion_true=np.array([0, 1], np.uint8))])
def test_other_faces_are_never_compared(other: Predictions):
    with pytest.raises(InputError, match="Accuracies of other faces are not compared: ask both about the same"):
        faced(predictions(0, 0), other)


def test_one_pixel_makes_other_faces():
    faces = Faces(np.zeros((2, 48, 48), np.uint8), np.zeros(2, np.uint8), np.arange(2), np.ones(2, np.float32))
    pixels = faces.pixels.copy()
    assert same_faces(faces, replace(faces, pixels=pixels))
    pixels[1, 47, 47] = 1
    assert not same_faces(faces, replace(faces, pixels=pixels))
    assert not same_faces(faces, replace(faces, emotion=np.array([0, 1], np.uint8)))
