from collections.abc import Iterable

import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.inference import probabilities, views
from fer_pipeline.recipes import TestTime

TEN_CROP = TestTime(horizontal_flip=True, shift_pixels=4)
TURNED = TestTime(horizontal_flip=True, rotation_degrees=8, zoom=0.1)
ALL = [TestTime(), TestTime(horizontal_flip=True), TestTime(shift_pixels=2), TEN_CROP, TestTime(rotation_degrees=5),
       TestTime(zoom=0.1), TURNED]


class Looks:
    """Stands for a network: says the first two grey levels of a face, as parts of 255, and notes what it was shown."""

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def predict(self, x: Iterable[np.ndarray], **_: object) -> np.ndarray:
        inputs = np.concatenate([np.asarray(batch) for batch in x])
        self.shown.append(inputs)
        said = np.zeros((len(inputs), 7), np.float32)
        said[:, :2] = inputs[:, 0, :2, 0] / 255
        return said


def seen(pixels: np.ndarray, test_time: TestTime) -> list[np.ndarray]:
    return list(views(pixels, test_time))


@pytest.mark.parametrize(("test_time", "number"), list(zip(ALL, [1, 2, 5, 10, 3, 3, 10], strict=True)))
def test_there_are_as_many_views_as_said_and_all_differ(faces, test_time, number):
    found = seen(faces(3).pixels, test_time)
    assert len(found) == test_time.views == number
    assert len({view.tobytes() for view in found}) == number
    assert {(view.shape, view.dtype) for view in found} == {((3, 48, 48), np.dtype("uint8"))}


@pytest.mark.parametrize("test_time", ALL)
def test_the_first_view_is_the_face_as_it_is(faces, test_time):
    pixels = faces(3).pixels
    np.testing.assert_array_equal(seen(pixels, test_time)[0], pixels)


def test_a_flipped_view_is_the_mirror_image_of_the_one_before(faces):
    found = [*seen(faces(3).pixels, TEN_CROP), *seen(faces(3).pixels, TURNED)]
    for view, mirrored in zip(found[::2], found[1::2], strict=True):
        np.testing.assert_array_equal(mirrored, view[:, :, ::-1])


def test_a_face_is_moved_into_each_corner_and_its_border_repeated():
    face = np.array([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], np.uint8)
    corners = {tuple(view.ravel()) for view in seen(face, TestTime(shift_pixels=1))[1:]}
    assert corners == {
        (5, 6, 6, 8, 9, 9, 8, 9, 9),        # up and to the left
        (4, 4, 5, 7, 7, 8, 7, 7, 8),        # up and to the right
        (2, 3, 3, 2, 3, 3, 5, 6, 6),        # down and to the left
        (1, 1, 2, 1, 1, 2, 4, 4, 5),        # down and to the right
    }


def test_a_face_is_turned_to_either_side_about_its_middle():
    face = np.zeros((1, 49, 49), np.uint8)
    face[:, 24:, 24] = 255                  # a hand of a clock that says six
    left, right = (view[0] for view in seen(face, TestTime(rotation_degrees=45))[1:])
    assert left[24, 24] > 100
    assert right[24, 24] > 100
    assert (left[40, 8], right[40, 40]) == (255, 255)       # clockwise, then anticlockwise
    assert (left[40, 40], right[40, 8]) == (0, 0)


def test_a_face_is_seen_nearer_and_farther_about_its_middle():
    face = np.zeros((1, 49, 49), np.uint8)
    face[:, 14:35, 14:35] = 255             # 21 pixels wide
    near, far = (view[0] for view in seen(face, TestTime(zoom=0.25))[1:])
    assert [np.count_nonzero(view[24] > 127) for view in (near, far)] == [29, 17]   # 21 / 0.75 and 21 / 1.25, odd
    np.testing.assert_array_equal(near, near[::-1, ::-1])


def test_the_border_of_a_turned_face_is_repeated():
    face = np.full((1, 48, 48), 90, np.uint8)
    for view in seen(face, TURNED):
        np.testing.assert_array_equal(view, face)


def test_one_view_is_the_networks_own_prediction(faces):
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    pixels = faces(5).pixels
    np.testing.assert_array_equal(probabilities(network, pixels), network.predict(as_input(pixels), verbose=0))


def test_several_views_are_averaged_for_each_face_apart(faces):
    pixels = faces(5).pixels
    said = probabilities(Looks(), pixels, TEN_CROP)
    expected = np.mean([view[:, 0, :2] / 255 for view in views(pixels, TEN_CROP)], axis=0)
    assert said.dtype == np.float32
    assert said.shape == (5, 7)
    np.testing.assert_allclose(said[:, :2], expected, rtol=1e-5)


def test_networks_are_shown_float_levels_from_0_to_255(faces):
    network = Looks()
    probabilities(network, faces(5).pixels, TEN_CROP)
    assert len(network.shown) == 10
    assert {(one.shape, one.dtype) for one in network.shown} == {((5, 48, 48, 1), np.dtype("float32"))}
    assert max(one.max() for one in network.shown) == 255


def test_probabilities_of_a_mean_still_sum_to_one(faces):
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    np.testing.assert_allclose(probabilities(network, faces(5).pixels, TEN_CROP).sum(axis=1), 1, rtol=1e-5)
