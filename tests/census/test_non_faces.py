import numpy as np
import pytest

from fer_pipeline.census import non_faces
from fer_pipeline.census.non_faces import find_non_faces, measure
from tests.census.pictures import black, drawn, noisy, text_card, three_dots, warning_triangle


@pytest.mark.parametrize(("picture", "reason"), [
    (black(), "flat"), (np.full((48, 48), 128, np.uint8), "flat"), (warning_triangle(), "flat"),
    (text_card(), "pale_card"), (three_dots(), "flat"),
    (np.where(np.arange(2304).reshape(48, 48) % 3 < 2, 250, 190).astype(np.uint8), "pale_card"),
])
def test_drawn_card_is_found_with_its_reason(picture: np.ndarray, reason: str):
    part = drawn(7, seed=0, first_row=10)
    part.pixels[4] = picture
    assert find_non_faces(part)[["row", "emotion", "reason"]].to_numpy().tolist() == [[14, 4, reason]]


def test_synthetic_faces_are_faces():
    assert find_non_faces(drawn(700, seed=5)).empty


def test_random_faces_are_not_called_cards(faces):
    assert find_non_faces(faces(14)).empty


def test_no_faces_give_no_findings(faces):
    found = find_non_faces(faces(0))
    assert found.empty
    assert list(found.columns) == ["row", "emotion", "reason", "flat_share", "two_greys_share", "darkest"]


def test_shares_of_a_picture_of_halves():
    halves = np.full((1, 48, 48), 200, np.uint8)
    halves[:, :, 24:] = 100
    measured = measure(halves).iloc[0]
    assert measured["flat_share"] == pytest.approx(46 / 48)     # both columns at the edge see the other half
    assert measured["two_greys_share"] == 1
    assert measured["darkest"] == 100


def test_blocks_do_not_change_the_measures(monkeypatch: pytest.MonkeyPatch):
    pixels = drawn(30, seed=2).pixels
    whole = measure(pixels)
    monkeypatch.setattr(non_faces, "BLOCK", 7)
    assert measure(pixels).equals(whole)


def test_noise_within_the_flat_range_hides_no_black_picture():
    part = drawn(1, seed=0)
    part.pixels[0] = noisy(black()) // 8
    assert len(find_non_faces(part)) == 1
