"""A face's square is cut as FER-2013's are: with its margin, moved, levelled, and beyond the picture's edge."""

import numpy as np
import pytest

from fer_pipeline.predicting.crops import MOST, crop, grey_face
from fer_pipeline.predicting.detection import Face

SHADES = np.arange(0, 240, dtype=np.uint8)
RISING = np.repeat(np.tile(SHADES, (240, 1))[..., np.newaxis], 3, axis=2)    # grey level = x
FALLING = np.ascontiguousarray(RISING.transpose(1, 0, 2))                    # grey level = y


def with_points(eyes: list[tuple[float, float]]) -> Face:
    points = np.array([*eyes, (120, 130), (105, 150), (135, 150)], np.float64)
    return Face(72, 72, 96, 96, 1.0, points)


@pytest.mark.parametrize(("margin", "first", "last"), [(0.0, 72, 168), (0.25, 48, 192), (-0.125, 84, 156)])
def test_a_margin_widens_the_square_on_each_side(margin: float, first: int, last: int) -> None:
    cut = crop(RISING, Face(72, 72, 96, 96, 1.0), margin=margin)
    assert (cut.shape, cut.dtype) == ((48, 48), np.uint8)
    step = (last - first) / 48
    expected = first + step * (np.arange(48) + 0.5) - 0.5
    assert np.abs(cut.mean(axis=0) - expected).max() < 1.01


def test_a_shift_moves_the_square_down_alone() -> None:
    face = Face(72, 72, 96, 96, 1.0)
    down = crop(FALLING, face, margin=0, shift=0.25).astype(int) - crop(FALLING, face, margin=0)
    across = crop(RISING, face, margin=0, shift=0.25).astype(int) - crop(RISING, face, margin=0)
    assert np.unique(down).tolist() == [24]
    assert np.unique(across).tolist() == [0]


def test_a_narrow_box_becomes_a_square_of_its_larger_side_about_its_middle() -> None:
    narrow = crop(RISING, Face(96, 72, 48, 96, 1.0), margin=0)
    assert np.array_equal(narrow, crop(RISING, Face(72, 72, 96, 96, 1.0), margin=0))


@pytest.mark.parametrize("degrees", [-40, -15, 0, 25])
def test_the_line_through_the_eyes_becomes_level(degrees: float) -> None:
    slope = np.tan(np.radians(degrees))
    picture = np.full((240, 240, 3), 255, np.uint8)
    for across in range(240):       # a dark line through the eyes
        row = round(120 + slope * (across - 120))
        picture[max(row - 3, 0):max(row + 3, 0), across] = 0
    cut = crop(picture, with_points([(100, 120 - 20 * slope), (140, 120 + 20 * slope)]), margin=0)
    darkest = cut[:, 4:44].argmin(axis=0)
    assert np.ptp(darkest) <= 2
    assert abs(np.median(darkest) - 23.5) <= 1.5


def test_a_tilt_levels_a_face_without_points_as_its_eyes_would() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (240, 240, 3), np.uint8)
    leaning = Face(72, 72, 96, 96, 1.0, tilt=float(np.degrees(np.arctan2(20, 40))))
    assert np.array_equal(crop(picture, leaning, margin=0),
                          crop(picture, with_points([(100, 110), (140, 130)]), margin=0))


@pytest.mark.parametrize(("left", "top"), [(-48, 72), (192, 72), (72, -48), (72, 192), (-48, -48)])
def test_a_box_across_the_edge_repeats_the_border(left: int, top: int) -> None:
    cut = crop(RISING, Face(left, top, 96, 96, 1.0), margin=0).astype(int)
    expected = np.clip(left + 2 * np.arange(48) + 0.5, 0, 239)
    assert np.abs(cut - expected).max() <= 1


@pytest.mark.parametrize("box", [(-500, 0, 96, 96), (0, 900, 40, 40), (-50, -50, 0.5, 0.5)])
def test_a_box_outside_the_picture_shows_its_border(box: tuple[float, ...]) -> None:
    cut = crop(RISING, Face(*box, 1.0), margin=0)
    assert cut.shape == (48, 48)
    assert cut.max() <= 96


def test_a_box_of_the_whole_picture_and_more_is_cut() -> None:
    assert crop(RISING, Face(-1000, -1000, 2240, 2240, 1.0), margin=0).shape == (48, 48)


def test_a_face_larger_than_what_is_cut_at_once_keeps_its_brightness() -> None:
    side = 3 * MOST
    checks = (np.indices((side, side)).sum(axis=0) % 2 * 200).astype(np.uint8)
    cut = crop(np.repeat(checks[..., np.newaxis], 3, axis=2), Face(0, 0, side, side, 1.0), margin=0)
    assert 60 < cut.mean() < 140


def test_a_crop_in_grey_or_colour_is_the_same_face() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (96, 96), np.uint8)
    assert np.array_equal(grey_face(grey), grey_face(np.repeat(grey[..., np.newaxis], 3, axis=2)))
