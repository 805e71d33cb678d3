import numpy as np
import pytest

from fer_pipeline.examination.corruptions import STRENGTH_OF, Corrupt, corruptions, face_means
from fer_pipeline.params import CorruptionStrengths

NEUTRAL = {name: 1.0 if name == "contrast" else 0.0 for name in STRENGTH_OF if name != "jpeg"}
STRONG = {"gaussian_noise": 16, "gaussian_blur": 2, "rotation": 20, "jpeg": 10, "brightness": 40, "contrast": 0.5,
          "occluded_eyes": 8, "occluded_mouth": 8}
NAMES = list(STRENGTH_OF)


@pytest.fixture(scope="module")
def kinds() -> dict[str, Corrupt]:
    return corruptions(seed=3)


@pytest.fixture(scope="module")
def pixels(faces) -> np.ndarray:
    """Noise without the extremes, which clipping would change."""
    return faces(6).pixels // 2 + 60


def covered_rows(kind: Corrupt, pixels: np.ndarray, height: float) -> list[int]:
    return np.flatnonzero((kind(pixels, height) != pixels).any(axis=(0, 2))).tolist()


def test_params_name_exactly_the_corruptions_there_are(kinds):
    assert list(CorruptionStrengths.model_fields) == NAMES == list(kinds)


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_neutral_strength_gives_the_faces_as_they_are(kinds, pixels, name):
    np.testing.assert_array_equal(kinds[name](pixels, NEUTRAL[name]), pixels)


@pytest.mark.parametrize("name", NAMES)
def test_a_corruption_changes_every_face_and_neither_shape_nor_type_nor_its_input(kinds, pixels, name):
    before = pixels.copy()
    once, again = (kinds[name](pixels, STRONG[name]) for _ in range(2))
    assert (once.shape, once.dtype) == (pixels.shape, np.uint8)
    assert (once != pixels).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("name", NAMES)
def test_no_faces_stay_no_faces(kinds, name):
    assert kinds[name](np.empty((0, 48, 48), np.uint8), STRONG[name]).shape == (0, 48, 48)


def test_noise_has_the_standard_deviation_and_is_another_with_another_seed():
    grey = np.full((50, 48, 48), 128, np.uint8)
    one, other = (corruptions(seed)["gaussian_noise"](grey, 16) for seed in (1, 2))
    assert one.astype(float).std() == pytest.approx(16, rel=0.02)
    assert (one != other).mean() > 0.9


def test_blur_spreads_a_point_by_sigma_and_keeps_a_grey_face_grey(kinds):
    point = np.zeros((1, 48, 48), np.uint8)
    point[0, 24, 24] = 255
    spread = kinds["gaussian_blur"](point, 1)[0]
    assert spread[24, 24] == round(255 / (2 * np.pi))
    assert spread[24, 26] == round(255 / (2 * np.pi) * np.exp(-2))
    grey = np.full((1, 48, 48), 77, np.uint8)
    np.testing.assert_array_equal(kinds["gaussian_blur"](grey, 2), grey)


def test_rotation_turns_faces_one_way_and_the_other_in_turn(kinds, pixels):
    one, other = kinds["rotation"](np.stack([pixels[0], pixels[0]]), 90)
    np.testing.assert_array_equal(one, np.rot90(pixels[0]))
    np.testing.assert_array_equal(other, np.rot90(pixels[0], -1))


def test_a_lower_jpeg_quality_is_further_from_the_face(kinds, pixels):
    distances = [np.abs(kinds["jpeg"](pixels, quality).astype(int) - pixels).mean() for quality in (100, 50, 10)]
    assert distances == sorted(distances)
    assert distances[0] < 1


def test_brightness_is_added_and_stops_at_black_and_white(kinds):
    grey = np.full((1, 48, 48), 200, np.uint8)
    assert {int(kinds["brightness"](grey, levels).max()) for levels in (-30, 30, 90, -220)} == {170, 230, 255, 0}


def test_contrast_halves_the_distance_to_the_mean(kinds, pixels):
    halved = kinds["contrast"](pixels, 0.5)
    np.testing.assert_allclose(halved.std(axis=(1, 2)), pixels.std(axis=(1, 2)) / 2, rtol=0.01)
    np.testing.assert_allclose(halved.mean(axis=(1, 2)), pixels.mean(axis=(1, 2)), atol=0.3)


def test_bands_lie_over_eyes_and_mouth_in_the_mean_of_each_face(kinds, pixels):
    assert covered_rows(kinds["occluded_eyes"], pixels, 8) == list(range(13, 21))
    assert covered_rows(kinds["occluded_mouth"], pixels, 8) == list(range(34, 42))
    assert covered_rows(kinds["occluded_mouth"], pixels, 16) == list(range(30, 46))
    covered = kinds["occluded_eyes"](pixels, 8)[:, 13:21]
    np.testing.assert_array_equal(covered, np.broadcast_to(face_means(pixels)[:, None, None], covered.shape))
