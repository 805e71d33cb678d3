"""Labels as they are to be expected by votes."""

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.ferplus.expected_labels import expected_labels
from fer_pipeline.ferplus.votes import VOTES


def votes(*rows: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([{name: row.get(name, 0) for name in VOTES} for row in rows], dtype=np.uint8)


def test_probabilities_are_the_shares_of_the_labels_among_faces_with_the_same_votes():
    said = votes(*[{"neutral": 8, "sadness": 2}] * 400, *[{"happiness": 10}] * 400)
    emotion = np.array([5] * 300 + [6] * 100 + [3] * 400, np.uint8)
    expected = expected_labels(said, emotion)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(expected[0], [0, 0, 0, 0, 0, 0.75, 0.25], atol=0.02)     # called sad, whatever they see
    np.testing.assert_allclose(expected[-1], [0, 0, 0, 1, 0, 0, 0], atol=0.02)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-6)


def test_an_emotion_that_no_face_has_is_never_expected():
    expected = expected_labels(votes({"fear": 10}, {"anger": 10}, {"disgust": 10}), np.array([2, 0, 2]))
    assert (expected[:, [1, 3, 4, 5, 6]] == 0).all()
    assert (expected[:, [0, 2]] > 0).all()


def test_one_emotion_alone_is_certain():
    np.testing.assert_array_equal(expected_labels(votes({"fear": 10}, {}), np.array([3, 3])), np.eye(7)[[3, 3]])


def test_a_row_without_votes_has_an_expectation_too():
    expected = expected_labels(votes({"fear": 10}, {"anger": 10}, {}), np.array([2, 0, 0]))
    assert expected[2].sum() == pytest.approx(1)
