import numpy as np
import pytest

from fer_pipeline.data.pixel_text import GROUP_ROWS, parse_pixels
from fer_pipeline.labels import PIXELS


def with_value(value: str, place: int) -> str:
    return " ".join([*["7"] * place, value, *["7"] * (PIXELS - 1 - place)])


@pytest.mark.parametrize("place", [0, 1, 1000, PIXELS - 1])
def test_every_number_to_255_is_read_and_every_larger_one_is_not(place):
    numbers = range(1100)
    faces, counts, unreadable = parse_pixels([with_value(str(number), place) for number in numbers])
    assert unreadable.tolist() == [number > 255 for number in numbers]
    assert faces.reshape(-1, PIXELS)[:256, place].tolist() == list(range(256))
    assert set(faces.reshape(-1, PIXELS)[:256, place - 1]) == {7}
    assert not faces[256:].any()
    assert set(counts) == {PIXELS}


@pytest.mark.parametrize(("value", "read"), [("007", True), ("00", True), ("0007", False), ("0255", False),
                                             ("99999", False)])
def test_up_to_three_digits_are_read_with_their_leading_zeros(value, read):
    faces, _, (unreadable,) = parse_pixels([with_value(value, 5)])
    assert unreadable == (not read)
    assert faces.ravel()[5] == (int(value) if read else 0)


@pytest.mark.parametrize("spaces", ["  ", "    ", "\n"])
def test_blanks_may_be_any_number_and_stand_around(spaces):
    faces, counts, unreadable = parse_pixels([spaces + spaces.join(["12"] * PIXELS) + spaces] * 3)
    assert not unreadable.any()
    assert set(faces.ravel()) == {12}
    assert counts.tolist() == [PIXELS] * 3


def test_neighbours_that_miss_and_have_one_value_are_not_mistaken_for_two_whole_rows():
    short, long = " ".join(["1"] * (PIXELS - 1)), " ".join(["1"] * (PIXELS + 1))
    _, counts, unreadable = parse_pixels([short, long])
    assert unreadable.tolist() == [True, True]
    assert counts.tolist() == [PIXELS - 1, PIXELS + 1]


@pytest.mark.parametrize("bad", [0, GROUP_ROWS - 1, GROUP_ROWS, 2 * GROUP_ROWS])
def test_an_unreadable_row_leaves_all_others_as_they_are(faces, bad):
    pixels = faces(2 * GROUP_ROWS + 1).pixels
    texts = [" ".join(map(str, face.ravel())) for face in pixels]
    texts[bad] = "1\x002 x\t3"
    found, counts, unreadable = parse_pixels(texts)
    others = np.arange(len(texts)) != bad
    np.testing.assert_array_equal(found[others], pixels[others])
    assert not found[bad].any()
    assert np.flatnonzero(unreadable).tolist() == [bad]
    assert counts[bad] == 4


def test_no_row_is_no_face():
    assert [len(one) for one in parse_pixels([])] == [0, 0, 0]
