from dataclasses import replace

import numpy as np
import pytest

from fer_pipeline.balancing.weights import class_weights
from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.training.targets import SoftTargets, targets

FEW = [0, 0, 0, 3]      # three angry faces and a happy one


def weighted(faces: Faces, *weight: float) -> Faces:
    return Faces(faces.pixels, faces.emotion, faces.row, np.array(weight, np.float32))


def test_a_plain_target_is_the_emotion_alone(faces, recipe):
    wanted = targets(faces(emotion=[2, 0, 6]), recipe())
    assert wanted.dtype == np.float32
    np.testing.assert_array_equal(wanted, np.eye(7)[[2, 0, 6]])


def test_smoothing_spreads_its_part_over_all_seven_emotions(faces, recipe):
    wanted = targets(faces(emotion=[2]), recipe(label_smoothing=0.14))
    np.testing.assert_allclose(wanted, [[0.02, 0.02, 0.88, 0.02, 0.02, 0.02, 0.02]], rtol=1e-5)


def test_the_weight_of_a_face_multiplies_its_target(faces, recipe):
    wanted = targets(weighted(faces(emotion=[2, 0]), 0.5, 3), recipe(label_smoothing=0.1))
    np.testing.assert_allclose(wanted.sum(axis=1), [0.5, 3], rtol=1e-6)
    np.testing.assert_allclose(wanted[1] / 3, targets(faces(emotion=[0]), recipe(label_smoothing=0.1))[0], rtol=1e-6)


def test_class_weights_make_every_emotion_count_the_same(faces, recipe):
    wanted = targets(faces(emotion=FEW), recipe(class_weights=True))
    np.testing.assert_allclose(wanted[:, [0, 3]].sum(axis=0), [4 / 7, 4 / 7], rtol=1e-6)
    np.testing.assert_allclose(wanted.max(axis=1), [4 / 21, 4 / 21, 4 / 21, 4 / 7], rtol=1e-6)


def test_class_weights_go_with_smoothing(faces, recipe):
    wanted = targets(faces(emotion=FEW), recipe(class_weights=True, label_smoothing=0.1))
    np.testing.assert_allclose(wanted.sum(axis=1), [4 / 21, 4 / 21, 4 / 21, 4 / 7], rtol=1e-6)


def test_class_weights_leave_faces_alone_that_are_balanced_by_their_weights_already(faces, recipe):
    emotion = [0, 0, 0, 1, 2, 3, 4, 5, 6]
    balanced = class_weights(faces(emotion=emotion))
    np.testing.assert_allclose(balanced.weight[[0, 3]], [9 / 21, 9 / 7], rtol=1e-6)
    np.testing.assert_allclose(targets(balanced, recipe(class_weights=True)), targets(balanced, recipe()), rtol=1e-6)


def test_class_weights_do_not_balance_again_what_every_batch_balances(faces, recipe):
    batches = replace(faces(emotion=FEW), balanced_batches=True)
    np.testing.assert_array_equal(targets(batches, recipe(class_weights=True)), targets(batches, recipe()))


TAUGHT = np.array([[0.1, 0, 0.2, 0.6, 0.1, 0, 0], [0.7, 0.3, 0, 0, 0, 0, 0]], np.float32)


@pytest.mark.parametrize("changes", [{}, {"label_smoothing": 0.1}, {"class_weights": True}])
def test_a_teacher_with_no_share_changes_no_bit(faces, recipe, changes):
    made = faces(emotion=[2, 0])
    np.testing.assert_array_equal(targets(made, recipe(**changes), SoftTargets(TAUGHT, 0)),
                                  targets(made, recipe(**changes)), strict=True)


def test_a_teacher_with_the_whole_share_is_the_target_smoothed_or_not(faces, recipe):
    for changes in ({}, {"label_smoothing": 0.1}):
        wanted = targets(faces(emotion=[2, 0]), recipe(**changes), SoftTargets(TAUGHT, 1))
        np.testing.assert_array_equal(wanted, TAUGHT, strict=True)


def test_shares_of_teacher_and_smoothed_label_add_up(faces, recipe):
    wanted = targets(faces(emotion=[2, 0]), recipe(label_smoothing=0.14), SoftTargets(TAUGHT, 0.75))
    smoothed = np.array([0.02, 0.02, 0.88, 0.02, 0.02, 0.02, 0.02])
    np.testing.assert_allclose(wanted[0], 0.75 * TAUGHT[0] + 0.25 * smoothed, rtol=1e-5)


def test_the_weight_of_a_face_multiplies_what_its_teacher_says_too(faces, recipe):
    made = weighted(faces(emotion=[2, 0]), 0.5, 3)
    wanted = targets(made, recipe(), SoftTargets(TAUGHT, 0.5))
    np.testing.assert_allclose(wanted.sum(axis=1), [0.5, 3], rtol=1e-6)


def test_shares_of_soft_and_smoothed_label_add_up_under_the_teachers_share(faces, recipe):
    made = replace(faces(emotion=[2, 0]), soft_labels=TAUGHT[::-1])
    smoothed = np.array([0.02, 0.02, 0.88, 0.02, 0.02, 0.02, 0.02])
    changes = {"label_smoothing": 0.14, "soft_label_share": 0.75}
    np.testing.assert_allclose(targets(made, recipe(**changes))[0], 0.75 * TAUGHT[1] + 0.25 * smoothed, rtol=1e-5)
    taught = targets(made, recipe(**changes), SoftTargets(TAUGHT, 0.5))
    np.testing.assert_allclose(taught[0], 0.5 * TAUGHT[0] + 0.375 * TAUGHT[1] + 0.125 * smoothed, rtol=1e-5)


def test_soft_labels_that_nobody_asks_for_change_no_bit(faces, recipe):
    made = faces(emotion=[2, 0])
    np.testing.assert_array_equal(targets(replace(made, soft_labels=TAUGHT), recipe()), targets(made, recipe()))


def test_a_share_of_soft_labels_that_are_not_there_is_refused(faces, recipe):
    with pytest.raises(InputError, match=r"share 0\.5, and the Training faces hold no soft labels\. Set balance\.so"):
        targets(faces(emotion=[2]), recipe(soft_label_share=0.5))


@pytest.mark.parametrize("changes", [{}, {"label_smoothing": 0.1}, {"class_weights": True}])
def test_the_training_faces_stay_as_they_are(faces, recipe, changes):
    made = faces(14)
    targets(made, recipe(**changes))
    np.testing.assert_array_equal(made.weight, 1)
