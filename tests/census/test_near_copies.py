import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.census import near_copies
from fer_pipeline.census.near_copies import best_partners, near_only, near_pairs
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import Usage
from tests.census.pictures import black, brighter, cropped, drawn, mirrored, noisy

TRAINING, PUBLIC_TEST, PRIVATE_TEST = Usage


@pytest.fixture
def parts(faces) -> dict[Usage, Faces]:
    """Random faces, blurred so that a crop of a pixel is near: nothing alike among them."""
    made = {usage: faces(7, seed=seed, first_row=100 * seed) for seed, usage in enumerate(Usage)}
    for part in made.values():
        for place, face in enumerate(part.pixels):
            part.pixels[place] = cv2.normalize(cv2.GaussianBlur(face, (0, 0), 4), None, 0, 255, cv2.NORM_MINMAX)
    return made


def test_unlike_faces_make_no_pair(parts):
    pairs = near_pairs(parts, threshold=0.95)
    assert pairs.empty
    assert tuple(pairs.columns) == near_copies.COLUMNS


@pytest.mark.parametrize("change", [cropped, brighter, noisy, mirrored])
def test_near_copy_is_found_across_usages(parts, change):
    parts[PRIVATE_TEST].pixels[3] = change(parts[TRAINING].pixels[5])
    found = near_only(near_pairs(parts, threshold=0.95), PRIVATE_TEST, TRAINING)
    assert found[["row", "other_row", "mirrored", "exact"]].to_numpy().tolist() == [[203, 5, change is mirrored, False]]


def test_near_copy_is_found_inside_a_usage_from_both_sides(parts):
    parts[TRAINING].pixels[6] = noisy(parts[TRAINING].pixels[2])
    found = near_only(near_pairs(parts, threshold=0.95), TRAINING, TRAINING)
    assert found[["row", "other_row"]].to_numpy().tolist() == [[2, 6], [6, 2]]


def test_face_with_an_exact_twin_too_is_not_near_only(parts):
    parts[PUBLIC_TEST].pixels[0] = parts[TRAINING].pixels[4]
    parts[TRAINING].pixels[1] = noisy(parts[TRAINING].pixels[4])
    pairs = near_pairs(parts, threshold=0.95)
    assert best_partners(pairs, PUBLIC_TEST, TRAINING)[["row", "other_row", "exact"]].to_numpy().tolist() == [
        [100, 4, True]]
    assert near_only(pairs, PUBLIC_TEST, TRAINING).empty


def test_flat_pictures_are_in_no_pair(parts):
    for part in parts.values():
        part.pixels[0] = black()
        part.pixels[1] = np.random.default_rng(0).integers(100, 110, (48, 48))
    assert near_pairs(parts, threshold=0.95).empty


@pytest.mark.parametrize("threshold", [0.8, 0.9, 0.99])
def test_pairs_are_those_of_numpy_for_every_pair(monkeypatch: pytest.MonkeyPatch, threshold: float):
    monkeypatch.setattr(near_copies, "BLOCK", 50)
    monkeypatch.setattr(near_copies, "REFINED", 7)
    part = drawn(120, seed=3)
    part.pixels[60:70] = noisy(part.pixels[:10])
    part.pixels[70:80] = noisy(part.pixels[10:20, :, ::-1])
    found = near_pairs({TRAINING: part}, threshold=threshold)
    flat, turned = part.pixels.reshape(120, -1), part.pixels[:, :, ::-1].reshape(120, -1)
    correlation = np.maximum(np.corrcoef(flat), np.corrcoef(flat, turned)[:120, 120:])
    expected = np.argwhere(np.tril(correlation, -1) >= threshold)
    assert len(expected) >= 15
    assert found[["row", "other_row"]].to_numpy().tolist() == expected.tolist()
    assert found["correlation"].to_numpy() == pytest.approx(correlation[tuple(expected.T)])


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch):
    part = {TRAINING: drawn(60, seed=1), PUBLIC_TEST: drawn(30, seed=1, first_row=60)}
    whole = near_pairs(part, threshold=0.9)
    monkeypatch.setattr(near_copies, "BLOCK", 13)
    pd.testing.assert_frame_equal(near_pairs(part, threshold=0.9), whole)


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
def test_threshold_out_of_range_is_refused(parts, threshold: float):
    with pytest.raises(ValueError, match="allowed: above 0, at most 1"):
        near_pairs(parts, threshold=threshold)
