import random
import re
from collections.abc import Callable

import numpy as np
import pytest

from fer_pipeline.data import fer2013
from fer_pipeline.data.fer2013 import Block, Columns, csv_text, parse_rows, read_blocks
from fer_pipeline.errors import InputError
from fer_pipeline.labels import PIXELS, Usage
from tests.data.conftest import as_text

USAGES = tuple(map(str, Usage))
HEADER = "emotion,pixels,Usage"


def parse(rows: list[tuple[str, str, str]]) -> list[Block]:
    return list(read_blocks(csv_text(rows).splitlines(keepends=True), "raw.csv"))


def test_random_faces_come_back_exactly(rows, faces):
    (block,) = parse(rows)
    assert block.problems == {}
    np.testing.assert_array_equal(block.faces, faces(12).pixels)
    assert block.pixel_counts.tolist() == [PIXELS] * 12
    assert [(row.number, row.emotion, row.usage) for row in block.rows] == [
        (number, emotion, usage) for number, (emotion, _, usage) in enumerate(rows)]


def test_rows_keep_the_order_of_the_file(rows, faces):
    (block,) = parse(rows[::-1])
    np.testing.assert_array_equal(block.faces, faces(12).pixels[::-1])


def test_columns_are_found_by_name_and_others_ignored(rows, faces):
    lines = ["Usage,name,pixels,emotion", *(f"{usage},x,{pixels},{emotion}" for emotion, pixels, usage in rows)]
    (block,) = read_blocks(lines, "raw.csv")
    assert block.problems == {}
    assert [(row.emotion, row.usage) for row in block.rows] == [(emotion, usage) for emotion, _, usage in rows]
    np.testing.assert_array_equal(block.faces, faces(12).pixels)


def change_value(value: str, place: int = 700) -> Callable[[str], str]:
    def change(pixels: str) -> str:
        values = pixels.split()
        values[place] = value
        return " ".join(values)

    return change


BAD_PIXELS = {
    "one value less": (lambda pixels: pixels.rsplit(" ", 1)[0],
                       ("pixels_count", "2303 pixel values; expected 2304 (48 × 48)")),
    "one value more": (lambda pixels: f"{pixels} 7", ("pixels_count", "2305 pixel values; expected 2304 (48 × 48)")),
    "256": (change_value("256"), ("pixels_range", "pixel value 256; expected 0 to 255")),
    "1000": (change_value("1000"), ("pixels_range", "pixel value 1000; expected 0 to 255")),
    "65537 wraps to no level": (change_value("65537"), ("pixels_range", "pixel value 65537; expected 0 to 255")),
    "text": (change_value("12a"), ("pixels_text", "pixel value '12a'; expected whole numbers 0 to 255")),
    "fraction": (change_value("1.5"), ("pixels_text", "pixel value '1.5'; expected whole numbers 0 to 255")),
    "other digits": (change_value("٣"), ("pixels_text", "pixel value '٣'; expected whole numbers 0 to 255")),
    "negative": (change_value("-3"), ("pixels_text", "pixel value '-3'; expected whole numbers 0 to 255")),
    "negative at the start": (change_value("-3", 0),
                              ("pixels_text", "pixel value '-3'; expected whole numbers 0 to 255")),
    "256 at the end": (change_value("256", -1), ("pixels_range", "pixel value 256; expected 0 to 255")),
    "empty": (lambda _: "", ("pixels_empty", "no pixel values")),
    "blanks": (lambda _: "   ", ("pixels_empty", "no pixel values")),
}


@pytest.mark.parametrize("case", BAD_PIXELS)
@pytest.mark.parametrize("bad", [0, 5, 11])
def test_bad_pixels_are_named_and_leave_other_rows_alone(rows, faces, case, bad):
    spoil, problem = BAD_PIXELS[case]
    emotion, pixels, usage = rows[bad]
    rows[bad] = (emotion, spoil(pixels), usage)
    (block,) = parse(rows)
    assert block.problems == {bad: problem}
    sound = np.arange(12) != bad
    np.testing.assert_array_equal(block.faces, faces(12).pixels[sound])


@pytest.mark.parametrize(("emotion", "usage", "problem"), [
    ("7", "Training", ("emotion", "emotion '7'; expected 0 to 6")),
    ("", "Training", ("emotion", "emotion ''; expected 0 to 6")),
    ("happy", "Training", ("emotion", "emotion 'happy'; expected 0 to 6")),
    ("3", "Test", ("usage", "Usage 'Test'; expected Training, PublicTest, PrivateTest")),
    ("3", "", ("usage", "Usage ''; expected Training, PublicTest, PrivateTest")),
])
def test_bad_labels_are_named_and_leave_other_rows_alone(rows, faces, emotion, usage, problem):
    rows[4] = (emotion, rows[4][1], usage)
    (block,) = parse(rows)
    assert block.problems == {4: problem}
    np.testing.assert_array_equal(block.faces, np.delete(faces(12).pixels, 4, axis=0))


def test_blank_lines_are_no_rows(rows, faces):
    lines = csv_text(rows).splitlines()
    (block,) = read_blocks([*lines[:3], "", *lines[3:], ""], "raw.csv")
    assert not block.problems
    np.testing.assert_array_equal(block.faces, faces(12).pixels)


def test_rows_must_be_as_wide_as_a_header_with_more_columns(rows):
    lines = [f"{line},extra" for line in csv_text(rows).splitlines()]
    lines[2] = lines[2].removesuffix(",extra")
    (block,) = read_blocks(lines, "raw.csv")
    assert block.problems == {1: ("fields", "3 fields; expected 4")}


def test_a_value_of_thousands_of_digits_is_out_of_range(rows):
    rows[2] = (rows[2][0], " ".join(["9" * 5000, *rows[2][1].split()[1:]]), rows[2][2])
    (block,) = parse(rows)
    assert block.problems == {2: ("pixels_range", f"pixel value {'9' * 20}; expected 0 to 255")}


@pytest.mark.parametrize(("line", "found"), [("3,1 2 3", 2), ("3,1 2 3,Training,x", 4)])
def test_wrong_number_of_fields_is_named_and_row_numbers_go_on(rows, faces, line, found):
    lines = csv_text(rows).splitlines()
    lines.insert(3, line)   # header first: row 2
    (block,) = read_blocks(lines, "raw.csv")
    assert block.problems == {2: ("fields", f"{found} fields; expected 3")}
    assert [row.number for row in block.rows] == list(range(13))
    np.testing.assert_array_equal(block.faces, faces(12).pixels)


@pytest.mark.parametrize("size", [1, 5, 11, 12, 13])
def test_blocks_end_anywhere_without_a_difference(rows, faces, monkeypatch, size):
    rows[5] = ("3", "1 2 3", "Training")
    monkeypatch.setattr(fer2013, "BLOCK_ROWS", size)
    blocks = parse(rows)
    assert [len(block.rows) for block in blocks] == [size] * (12 // size) + [12 % size] * (12 % size > 0)
    assert [row.number for block in blocks for row in block.rows] == list(range(12))
    assert [number for block in blocks for number in block.problems] == [5]
    found = np.concatenate([block.faces for block in blocks])
    np.testing.assert_array_equal(found, np.delete(faces(12).pixels, 5, axis=0))


@pytest.mark.parametrize("text", ["", "\n"])
def test_empty_file_is_refused(text):
    with pytest.raises(InputError, match=r"raw\.csv is empty; expected the columns emotion, pixels, Usage"):
        next(read_blocks(text.splitlines(keepends=True), "raw.csv"))


def test_header_alone_is_refused():
    with pytest.raises(InputError, match=r"raw\.csv has a header and no rows"):
        next(read_blocks([HEADER], "raw.csv"))


def test_missing_column_is_named_beside_those_found():
    with pytest.raises(InputError, match=r"raw\.csv has no column 'pixels'. Found: 'emotion', 'image', 'Usage'\."):
        next(read_blocks(["emotion,image,Usage", "3,1 2 3,Training"], "raw.csv"))


def test_broken_csv_text_is_refused():
    with pytest.raises(InputError, match=r"raw\.csv is no csv text: field larger than field limit"):
        list(read_blocks([HEADER, "3," + "1 " * 600_000 + ",Training"], "raw.csv"))


@pytest.mark.parametrize("separator", ["  ", "\t", " \t ", "\n", "\r\n"])
def test_other_white_space_between_values_parses(rows, faces, separator):
    rows[3] = (rows[3][0], '"' + rows[3][1].replace(" ", separator) + '"', rows[3][2])
    (block,) = parse(rows)
    assert block.problems == {}
    np.testing.assert_array_equal(block.faces, faces(12).pixels)
    assert block.pixel_counts.tolist() == [PIXELS] * 12


@pytest.mark.parametrize("change", [lambda pixels: f" {pixels} ", lambda pixels: " ".join(
    value.zfill(5) for value in pixels.split())], ids=["blanks around", "leading zeros"])
def test_blanks_around_and_leading_zeros_parse(rows, faces, change):
    rows[3] = (rows[3][0], change(rows[3][1]), rows[3][2])
    (block,) = parse(rows)
    assert block.problems == {}
    np.testing.assert_array_equal(block.faces, faces(12).pixels)


def slowly(emotion: str, pixels: str, usage: str) -> np.ndarray | str:
    """The face of a row, or the kind of its problem, the straightforward way."""
    if emotion not in list("0123456"):
        return "emotion"
    if usage not in USAGES:
        return "usage"
    values = pixels.split()
    if not values:
        return "pixels_empty"
    if not all(re.fullmatch("[0-9]+", value) for value in values):
        return "pixels_text"
    if len(values) != 48 * 48:
        return "pixels_count"
    if not all(int(value) <= 255 for value in values):
        return "pixels_range"
    return np.array([int(value) for value in values], np.uint8).reshape(48, 48)


def corrupted(text: str, dice: random.Random) -> str:
    """`text` with up to three characters replaced, removed or put in."""
    for _ in range(dice.randrange(4)):
        place, width = dice.randrange(len(text) + 1), dice.randrange(2)
        new = dice.choice(["", " ", "  ", "\t", "0", "9", "255", "-", ".", "x", "é", "\x00", "\r", "\n", "1 2"])
        text = text[:place] + new + text[place + width:]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_random_corruption_is_read_as_the_straightforward_parser_reads_it(faces, seed):
    dice = random.Random(seed)
    rows = [[str(dice.randrange(8)), corrupted(as_text(face), dice), dice.choice(USAGES)]
            for face in faces(60, seed=seed).pixels]
    block = parse_rows(rows, Columns(emotion=0, pixels=1, usage=2, number=3))
    expected = [slowly(*row) for row in rows]
    assert {row: kind for row, (kind, _) in block.problems.items()} == {
        row: kind for row, kind in enumerate(expected) if isinstance(kind, str)}
    np.testing.assert_array_equal(block.faces, [face for face in expected if not isinstance(face, str)])
