from dataclasses import replace

import numpy as np
import pytest

from fer_pipeline.balancing.weights import class_weights, effective_number
from fer_pipeline.data.faces import Faces

FER2013_COUNTS = [3995, 436, 4097, 7215, 4830, 3171, 4965]
FER2013_WEIGHTS = [1.0266, 9.4066, 1.0010, 0.5684, 0.8491, 1.2934, 0.8260]    # as scikit-learn's "balanced"


@pytest.fixture
def fer2013() -> Faces:
    """As many faces of each emotion as FER-2013 has in Training, of one pixel."""
    emotion = np.repeat(np.arange(7, dtype=np.uint8), FER2013_COUNTS)
    return Faces(np.zeros((len(emotion), 1, 1), np.uint8), emotion, np.arange(len(emotion), dtype=np.int32),
                 np.ones(len(emotion), np.float32))


def by_emotion(weighted: Faces) -> np.ndarray:
    return weighted.weight[np.searchsorted(weighted.emotion, range(7))]


def test_class_weights_of_fer2013_are_those_commonly_printed(fer2013):
    weighted = class_weights(fer2013)
    np.testing.assert_allclose(by_emotion(weighted), FER2013_WEIGHTS, atol=5e-5)
    np.testing.assert_allclose(weighted.weight.mean(), 1, rtol=1e-5)


def test_class_weights_leave_balanced_batches_as_they_are(training):
    batches = replace(training, balanced_batches=True)
    assert class_weights(batches) is batches


def test_effective_numbers_are_those_computed_by_hand(faces):
    # beta 0.5: one face counts 1 / 1, three count (1 - 0.5) / (1 - 0.125) = 4 / 7 each; their mean is 19 / 28.
    weighted = effective_number(faces(emotion=[1, 3, 3, 3]), beta=0.5)
    np.testing.assert_allclose(weighted.weight, [28 / 19, 16 / 19, 16 / 19, 16 / 19], rtol=1e-6)
    assert weighted.weight.dtype == np.float32


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999, 0.9999])
def test_effective_numbers_weigh_a_face_one_on_average_and_rare_ones_no_less(fer2013, beta):
    weighted = effective_number(fer2013, beta)
    np.testing.assert_allclose(weighted.weight.mean(dtype=np.float64), 1, rtol=1e-6)
    assert (np.diff(by_emotion(weighted)[np.argsort(FER2013_COUNTS)]) <= 0).all()


def test_beta_leads_from_no_weights_to_class_weights(fer2013):
    np.testing.assert_array_equal(effective_number(fer2013, 0).weight, 1)
    np.testing.assert_allclose(effective_number(fer2013, 1 - 1e-9).weight, class_weights(fer2013).weight, rtol=1e-4)
