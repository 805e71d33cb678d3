import keras
import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.chosen_views import predict_public_test, views_of
from fer_pipeline.inference import probabilities
from fer_pipeline.recipes import TestTime

FLIPPED = TestTime(horizontal_flip=True, keep="if_better")


@pytest.fixture(scope="module")
def left_or_right() -> keras.Model:
    """Says angry of a face that is lighter on the left and disgust of one that is lighter on the right."""
    across = np.linspace(-1, 1, 48)[np.newaxis, :, np.newaxis] * np.ones((48, 1, 1))
    network = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.Flatten(),
                                keras.layers.Dense(7, activation="softmax", use_bias=False)])
    weights = np.zeros((48 * 48, 7), np.float32)
    weights[:, 0], weights[:, 1] = -across.ravel() / 1e4, across.ravel() / 1e4
    network.layers[-1].set_weights([weights])
    return network


@pytest.fixture
def lopsided(faces) -> Faces:
    """Two faces, lighter on the left and on the right: mirrored, each would be the other."""
    made = faces(emotion=[0, 1])
    made.pixels[:] = 0
    made.pixels[0, :, :10] = made.pixels[1, :, -10:] = 250
    return made


def test_several_views_that_get_no_more_right_are_left_out(left_or_right, lopsided):
    found = predict_public_test(left_or_right, lopsided, FLIPPED, "abc")
    assert found.views == 1
    assert found.emotion_pred.tolist() == [0, 1]
    np.testing.assert_array_equal(found.probabilities, probabilities(left_or_right, lopsided.pixels))


def test_views_that_are_asked_for_always_are_taken_whatever_they_cost(left_or_right, lopsided):
    always = TestTime(horizontal_flip=True)
    assert predict_public_test(left_or_right, lopsided, always, "abc").views == 2


def test_several_views_that_get_more_right_are_kept(left_or_right, faces):
    made = faces(emotion=[0, 0])
    made.pixels[:] = 0
    made.pixels[0, :, :10], made.pixels[1, :, -10:] = 250, 240     # one right, one wrong, and a draw when mirrored
    found = predict_public_test(left_or_right, made, FLIPPED, "abc")
    assert found.views == 2
    assert found.emotion_pred.tolist() == [0, 0]


def test_other_faces_are_seen_as_public_test_was(left_or_right, lopsided):
    one = predict_public_test(left_or_right, lopsided, FLIPPED, "abc")
    two = predict_public_test(left_or_right, lopsided, TestTime(horizontal_flip=True), "abc")
    assert views_of(one, FLIPPED) == TestTime()
    assert views_of(two, FLIPPED) == FLIPPED
