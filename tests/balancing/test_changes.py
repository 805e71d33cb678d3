import cv2
import numpy as np
import pytest

from fer_pipeline.balancing.changes import OPERATIONS, change, draw_change, in_words


@pytest.fixture
def face(faces) -> np.ndarray:
    """A smooth face: neighbouring pixels differ little."""
    return cv2.GaussianBlur(faces(1).pixels[0], (0, 0), 4)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, float]]:
    random = np.random.default_rng(3)
    return [draw_change(random) for _ in range(1200)]


def test_every_operation_is_drawn_about_as_often(drawn):
    names = [name for name, _ in drawn]
    assert all(140 < names.count(name) < 260 for name in OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_amounts_lie_within_the_limits_of_either_sign(drawn, name):
    amounts = np.array([amount for operation, amount in drawn if operation == name])
    chosen = OPERATIONS[name]
    assert chosen.least <= np.abs(amounts).min() <= np.abs(amounts).max() <= chosen.most
    assert len(np.unique(np.sign(amounts))) == (2 if chosen.most else 1)
    assert not np.signbit(amounts[amounts == 0]).any()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_gives_another_face_of_grey_levels_and_leaves_its_parent(drawn, face, name):
    before = face.copy()
    made = change(face, *next(one for one in drawn if one[0] == name))
    assert (made.shape, made.dtype) == ((48, 48), np.uint8)
    assert (made != before).any()
    np.testing.assert_array_equal(face, before)


def test_a_flip_mirrors_left_and_right(face):
    np.testing.assert_array_equal(change(face, "horizontal_flip", 0), face[:, ::-1])


@pytest.mark.parametrize(("operation", "axis"), [("shift_down", 0), ("shift_right", 1)])
@pytest.mark.parametrize("pixels", [3, -3])
def test_a_shift_moves_whole_pixels_and_replicates_the_border(face, operation, axis, pixels):
    place = np.clip(np.arange(48) - pixels, 0, 47)
    np.testing.assert_array_equal(change(face, operation, pixels), face.take(place, axis))


def test_brightness_is_added_and_clipped():
    grey = np.array([[0, 30, 250]], np.uint8)
    assert change(grey, "brightness", 20.0).tolist() == [[20, 50, 255]]
    assert change(grey, "brightness", -40.0).tolist() == [[0, 0, 210]]


def test_rotation_turns_about_the_middle_counter_clockwise(face):
    quarter = change(face, "rotation", 90.0).astype(int)
    np.testing.assert_allclose(quarter, np.rot90(face), atol=1)


def test_zoom_enlarges_the_middle(face):
    made = change(face, "zoom", 1.0)        # twice as large: every second pixel lies where one of the face did
    np.testing.assert_allclose(made[12:36, 12:36].astype(int).mean(), face[18:30, 18:30].mean(), atol=1)


def test_the_border_is_replicated_so_that_an_even_face_stays_even():
    even = np.full((48, 48), 77, np.uint8)
    for name, amount in [("rotation", 15.0), ("zoom", -0.15), ("shift_right", 5.0), ("shift_down", -5.0)]:
        np.testing.assert_array_equal(change(even, name, amount), even)


def test_unknown_operation_names_the_choices(face):
    with pytest.raises(ValueError, match=r"Unknown operation 'blur'\. Available: horizontal_flip, rotation, shift_r"):
        change(face, "blur", 1.0)


@pytest.mark.parametrize(("operation", "amount", "words"), [
    ("horizontal_flip", 0.0, "horizontal flip"), ("rotation", -7.25, "rotation -7.25°"),
    ("shift_right", 3.0, "shift right +3 px"), ("zoom", 0.0625, "zoom +6.25%"),
])
def test_a_change_is_told_in_words(operation, amount, words):
    assert in_words(operation, amount) == words
