import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.probabilities import FLOOR, floored, require_probabilities

EVEN = np.full((2, 7), 1 / 7)


def test_probabilities_of_a_softmax_pass(network):
    require_probabilities(*network(50))


@pytest.mark.parametrize(("true", "probabilities"), [
    (np.zeros(0, int), np.zeros((0, 7))), (np.zeros(3, int), EVEN), (np.zeros(2, int), EVEN[:, :6]),
    (np.zeros((2, 1), int), EVEN)])
def test_other_shapes_are_refused(true, probabilities):
    with pytest.raises(InputError, match=r"expected \(faces,\) and \(faces, 7\) of as many faces, at least one"):
        require_probabilities(true, probabilities)


@pytest.mark.parametrize("true", [np.array([0, 7]), np.array([-1, 0]), np.array([0.0, 1.0])])
def test_other_emotions_are_refused(true):
    with pytest.raises(InputError, match="expected whole numbers from 0 to 6"):
        require_probabilities(true, EVEN)


@pytest.mark.parametrize("row", [[2, 0, 0, 0, 0, 0, 0], [1.5, -0.5, 0, 0, 0, 0, 0], [np.nan] * 7])
def test_rows_that_are_no_probabilities_are_refused_and_the_first_is_named(row):
    with pytest.raises(InputError, match=r"1 of 2 faces have no probabilities.*First: face 1, \["):
        require_probabilities(np.array([0, 1]), np.array([EVEN[0], row]))


def test_floored_probabilities_are_never_0_and_sum_to_1():
    found = floored(np.array([[1, 0, 0, 0, 0, 0, 0]], np.float32))
    assert found.dtype == np.float64
    assert found.sum() == pytest.approx(1, abs=1e-15)
    assert found.min() == pytest.approx(FLOOR, rel=1e-5)


def test_flooring_leaves_probabilities_above_the_floor_nearly_as_they_are(network):
    _, probabilities = network(100)
    np.testing.assert_allclose(floored(probabilities), probabilities, rtol=1e-6)
