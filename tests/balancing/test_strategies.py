import numpy as np
import pytest

from fer_pipeline.balancing.strategies import STRATEGIES, class_weights, emotion_counts, oversampling
from fer_pipeline.data.faces import Faces

UNBALANCED = [3] * 9 + [0] * 4 + [2] * 5 + [4] * 5 + [5] * 3 + [6] * 6 + [1]
FER2013_COUNTS = [3995, 436, 4097, 7215, 4830, 3171, 4965]
FER2013_WEIGHTS = [1.0266, 9.4066, 1.0010, 0.5684, 0.8491, 1.2934, 0.8260]    # as scikit-learn's "balanced"


@pytest.fixture
def training(faces) -> Faces:
    return faces(emotion=UNBALANCED, first_row=50)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_face_is_one_of_training_under_its_own_label(training, strategy):
    balanced = STRATEGIES[strategy](training, 5)
    assert set(training.row) == set(balanced.row)
    origin = balanced.row - 50
    np.testing.assert_array_equal(balanced.pixels, training.pixels[origin])
    np.testing.assert_array_equal(balanced.emotion, training.emotion[origin])
    assert (balanced.weight > 0).all()
    assert balanced.weight.dtype == np.float32


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_training_itself_is_left_as_it_was(training, faces, strategy):
    STRATEGIES[strategy](training, 5)
    np.testing.assert_array_equal(training.emotion, UNBALANCED)
    np.testing.assert_array_equal(training.weight, 1)
    np.testing.assert_array_equal(training.pixels, faces(emotion=UNBALANCED).pixels)


@pytest.mark.parametrize("strategy", ["class_weights", "oversampling"])
def test_every_emotion_weighs_the_same_afterwards(training, strategy):
    balanced = STRATEGIES[strategy](training, 5)
    weights = np.bincount(balanced.emotion, weights=balanced.weight)
    np.testing.assert_allclose(weights, weights[0], rtol=1e-6)


def test_none_changes_nothing(training):
    assert STRATEGIES["none"](training, 5) is training


def test_oversampling_repeats_up_to_the_most_frequent_emotion(training):
    balanced = oversampling(training, 5)
    assert emotion_counts(balanced).tolist() == [9] * 7
    assert (np.diff(balanced.row) >= 0).all()


def test_oversampling_is_seeded(training):
    one, same, other = (oversampling(training, seed).row.tolist() for seed in (5, 5, 6))
    assert one == same != other


def test_oversampling_leaves_an_absent_emotion_absent(faces):
    assert emotion_counts(oversampling(faces(emotion=[0, 0, 0, 4]), 5)).tolist() == [3, 0, 0, 0, 3, 0, 0]


def test_class_weights_of_fer2013_are_those_commonly_printed():
    emotion = np.repeat(np.arange(7, dtype=np.uint8), FER2013_COUNTS)
    training = Faces(np.zeros((len(emotion), 1, 1), np.uint8), emotion, np.arange(len(emotion), dtype=np.int32),
                     np.ones(len(emotion), np.float32))
    weighted = class_weights(training, 5)
    by_emotion = weighted.weight[np.searchsorted(emotion, range(7))]
    np.testing.assert_allclose(by_emotion, FER2013_WEIGHTS, atol=5e-5)
    np.testing.assert_allclose(weighted.weight.mean(), 1, rtol=1e-5)
