import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.distillation.soft_targets import soft_targets
from fer_pipeline.distillation.teaching import Teaching
from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Teacher
from fer_pipeline.training.targets import targets

VOTE = np.array([[0.64, 0.04, 0.16, 0.16, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]], np.float32)


@pytest.fixture
def two(faces) -> Faces:
    return faces(emotion=[2, 6])


@pytest.fixture
def teaching(two) -> Teaching:
    return Teaching(two.row, VOTE, "0" * 64)


def test_temperature_1_without_a_share_gives_the_labels_exactly(two, teaching, recipe):
    soft = soft_targets(teaching, two, Teacher(share=0, temperature=1))
    np.testing.assert_array_equal(targets(two, recipe(), soft), targets(two, recipe()), strict=True)


def test_temperature_1_with_the_whole_share_gives_the_teacher(two, teaching, recipe):
    soft = soft_targets(teaching, two, Teacher(share=1, temperature=1))
    np.testing.assert_allclose(targets(two, recipe(), soft), VOTE, rtol=1e-6, atol=1e-9)


def test_temperature_2_takes_square_roots_and_a_certain_vote_stays_certain(two, teaching):
    soft = soft_targets(teaching, two, Teacher(share=0.5, temperature=2))
    assert soft.share == 0.5
    assert soft.probabilities.dtype == np.float32
    np.testing.assert_allclose(soft.probabilities[0, :4], np.array([0.8, 0.2, 0.4, 0.4]) / 1.8, rtol=1e-6)
    np.testing.assert_allclose(soft.probabilities[1], VOTE[1], atol=1e-6)


@pytest.mark.parametrize("other", [{"first_row": 1}, {"number": 3}])
def test_a_teaching_of_other_faces_is_refused_with_the_repair(teaching, faces, other):
    with pytest.raises(InputError, match=r"The teaching is of 2 faces that are not the [23] to train on, .*dvc repro"):
        soft_targets(teaching, faces(**{"number": 2} | other), Teacher(share=0.5, temperature=2))
