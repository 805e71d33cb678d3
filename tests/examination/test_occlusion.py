import numpy as np
import pytest

from fer_pipeline.evaluation.predictions import Predictions, predict
from fer_pipeline.examination.explained_faces import ExplainedFaces, most_confident, read_explained, write_explained
from fer_pipeline.examination.occlusion import explain, occlusion_map, patch_masks
from fer_pipeline.inference import ONE_VIEW
from fer_pipeline.recipes import TestTime
from tests.examination.conftest import HAPPY, SQUARE

PATCHES = patch_masks(8, 4)
REACHED = slice(13, 35)     # pixels that share a patch of 8 with the square


@pytest.fixture
def bright_square(faces) -> np.ndarray:
    face = faces(1).pixels[0] // 4
    face[SQUARE, SQUARE] = 220
    return face


def predictions(pixels: np.ndarray, true: list[int], said: list[int], confidence: list[float]) -> Predictions:
    rest = (1 - np.array(confidence)) / 6
    probabilities = np.tile(rest[:, np.newaxis], 7).astype(np.float32)
    probabilities[np.arange(len(true)), said] = confidence
    return Predictions(np.arange(50, 50 + len(pixels)), np.array(true, np.uint8), probabilities, "ab" * 32)


@pytest.mark.parametrize(("size", "stride", "patches"), [
    (8, 4, 121), (8, 8, 36), (10, 7, 49), (47, 1, 4), (1, 1, 2304)])
def test_patches_are_squares_that_together_cover_every_pixel(size, stride, patches):
    masks = patch_masks(size, stride)
    assert len(masks) == len(np.unique(masks, axis=0)) == patches
    assert masks.any(axis=0).all()
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert (np.ptp(rows), np.ptp(columns), mask.sum()) == (size - 1, size - 1, size**2)


@pytest.mark.parametrize("views", [ONE_VIEW, TestTime(horizontal_flip=True)])
def test_a_network_that_looks_at_one_square_has_its_map_there_and_nothing_elsewhere(
        sees_one_square, bright_square, views):
    found = occlusion_map(sees_one_square, bright_square, HAPPY, PATCHES, views)
    assert found[REACHED, REACHED].min() >= 0
    elsewhere = found.copy()
    elsewhere[REACHED, REACHED] = 0
    np.testing.assert_allclose(elsewhere, 0, atol=1e-6)     # places of one batch differ in the last bit
    assert found.max() > 0.3
    top, left = np.unravel_index(found.argmax(), found.shape)
    assert 20 <= top < 28
    assert 20 <= left < 28


def test_a_value_is_the_mean_fall_over_the_patches_that_cover_its_pixel(sees_one_square, bright_square):
    def happy(face: np.ndarray) -> float:
        return float(sees_one_square.predict(face[np.newaxis, ..., np.newaxis].astype(np.float32), verbose=0)[0, HAPPY])

    found = occlusion_map(sees_one_square, bright_square, HAPPY, patch_masks(8, 8), ONE_VIEW)
    covered = bright_square.copy()
    covered[16:24, 24:32] = round(bright_square.mean())
    np.testing.assert_allclose(found[16:24, 24:32], happy(bright_square) - happy(covered), atol=1e-6)
    overlapping = occlusion_map(sees_one_square, bright_square, HAPPY, PATCHES, ONE_VIEW)
    falls = []
    for patch in PATCHES[PATCHES[:, 21, 21]]:
        hidden = np.where(patch, round(bright_square.mean()), bright_square)
        falls.append(happy(bright_square) - happy(hidden))
    assert len(falls) == 4
    assert overlapping[21, 21] == pytest.approx(np.mean(falls), abs=1e-6)


def test_covering_what_speaks_against_an_emotion_is_negative(sees_one_square, bright_square):
    dark = 255 - bright_square
    found = occlusion_map(sees_one_square, dark, HAPPY, PATCHES, ONE_VIEW)
    assert found.min() < 0
    assert found.max() <= 0


def test_of_a_blank_face_nothing_matters(sees_one_square):
    blank = np.full((48, 48), 90, np.uint8)
    np.testing.assert_allclose(occlusion_map(sees_one_square, blank, HAPPY, PATCHES, ONE_VIEW), 0, atol=1e-6)


def test_the_surest_right_and_wrong_faces_are_chosen_ties_by_row_and_copies_once(faces):
    pixels = faces(9).pixels
    pixels[3] = pixels[2]
    said = predictions(pixels, true=[0, 0, 0, 0, 0, 0, 3, 3, 3], said=[0, 0, 0, 0, 4, 4, 3, 3, 6],
                       confidence=[0.5, 0.8, 0.9, 0.9, 0.6, 0.7, 0.6, 0.6, 0.3])
    assert most_confident(said, pixels, 2).tolist() == [2, 1, 5, 4, 6, 7, 8]
    assert most_confident(said, pixels, 1).tolist() == [2, 5, 6, 8]


def test_explained_faces_carry_what_was_said_of_them(sees_one_square, faces, params, tmp_path):
    private_test = faces(emotion=[3, 3, 6, 6, 3], first_row=70)
    private_test.pixels[[0, 2], SQUARE, SQUARE] = 250
    private_test.pixels[[1, 3, 4], SQUARE, SQUARE] = 5
    said = predict(sees_one_square, private_test, ONE_VIEW, "cd" * 32)
    found = explain(sees_one_square, private_test.pixels, said, ONE_VIEW, params.examine)
    order = found.row - 70
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
    assert found.emotion_true.tolist() == [3, 3, 3, 6, 6]
    assert found.emotion_pred.tolist() == [3, 6, 6, 6, 3]
    np.testing.assert_array_equal(found.confidence, said.probabilities[order].max(axis=1))
    assert (found.maps.shape, found.maps.dtype) == ((5, 48, 48), np.float32)
    assert (found.maps[:, SQUARE, SQUARE].max(axis=(1, 2)) > 0.05).all()
    write_explained(tmp_path / "occlusion.npz", found)
    again = read_explained(tmp_path / "occlusion.npz")
    for name in ExplainedFaces.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


def test_a_usage_of_which_nothing_can_be_explained_gives_an_empty_file(sees_one_square, params, tmp_path):
    nobody = Predictions(np.empty(0, int), np.empty(0, np.uint8), np.empty((0, 7), np.float32), "ef" * 32)
    found = explain(sees_one_square, np.empty((0, 48, 48), np.uint8), nobody, ONE_VIEW, params.examine)
    write_explained(tmp_path / "occlusion.npz", found)
    assert read_explained(tmp_path / "occlusion.npz").maps.shape == (0, 48, 48)
