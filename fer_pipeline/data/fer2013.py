"""fer2013.csv: rows of `emotion,pixels,Usage`, where pixels are 2,304 grey levels as text.

Columns may come in any order and their names with spaces around them, as in icml_face_data.csv. Blocks of rows are
turned into faces side by side, a thread a core; a row that cannot be read keeps its number and gets the reason.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np

from fer_pipeline.data.csv_rows import read_rows
from fer_pipeline.data.pixel_text import parse_pixels
from fer_pipeline.data.side_by_side import batches, in_order
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, PIXELS, Usage

COLUMNS = ("emotion", "pixels", "Usage")
BLOCK_ROWS = 1_000


@dataclass(frozen=True)
class Row:
    """A row of a csv as text, or a picture by its path. A whole row has as many fields as the header."""

    number: int
    emotion: str
    pixels: str
    usage: str
    fields: int = len(COLUMNS)
    fields_expected: int = len(COLUMNS)
    path: str = ""


@dataclass(frozen=True)
class Block:
    """Consecutive rows and what became of them.

    Attributes:
        rows: As read.
        faces: `(rows, 48, 48)` uint8; undefined where `problems` has an entry.
        pixel_counts: `(rows,)` number of values in each row's pixels.
        problems: Row number to (kind, sentence) for the rows that are no face.
    """

    rows: list[Row]
    faces: np.ndarray
    pixel_counts: np.ndarray
    problems: dict[int, tuple[str, str]]


def read_csv(file: BinaryIO, name: str) -> Iterator[Block]:
    """Parse an open csv file, `BLOCK_ROWS` rows at a time; no more than a few blocks are held at once.

    Args:
        file: UTF-8 text.
        name: What messages call it.

    Raises:
        InputError: The file is empty, lacks a column, or has no rows.
    """
    return _blocks(read_rows(file), name)


def read_blocks(lines: Iterable[str], name: str) -> Iterator[Block]:
    """Parse the lines of a csv file as `read_csv` does the file, more slowly."""
    return _blocks(csv.reader(lines), name)


def _blocks(reader: Iterator[list[str]], name: str) -> Iterator[Block]:
    try:
        yield from in_order(parse_block, batches(_rows(reader, name), BLOCK_ROWS))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{name} is no csv text: {error}. Fetch or write it again.") from None


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[Row]:
    header = next(reader, None)
    if not header:
        raise InputError(f"{name} is empty; expected the columns {', '.join(COLUMNS)}. Fetch or write the file again.")
    names = [name.strip() for name in header]
    if missing := [column for column in COLUMNS if column not in names]:
        found = ", ".join(map(repr, header))[:200]
        raise InputError(f"{name} has no column {', '.join(map(repr, missing))}. Found: {found}. "
                         f"Expected: {', '.join(COLUMNS)}. Give the fer2013.csv of the Kaggle competition.")
    emotion, pixels, usage = (names.index(column) for column in COLUMNS)
    filled = (fields for fields in reader if fields)    # a blank line is no row
    if (first := next(filled, None)) is None:
        raise InputError(f"{name} has a header and no rows; expected one row a face. Fetch or write it again.")
    for number, fields in enumerate(chain([first], filled)):
        whole = fields if len(fields) == len(header) else [""] * len(header)
        yield Row(number, whole[emotion], whole[pixels], whole[usage], len(fields), len(header))


def parse_block(rows: list[Row]) -> Block:
    """Turn rows into faces and find the rows that are none."""
    faces, counts, unreadable = parse_pixels([row.pixels for row in rows])
    problems = {row.number: problem for row in rows if (problem := _label_problem(row))}
    for index in np.flatnonzero(unreadable):
        if problem := pixel_problem(rows[index].pixels):
            problems.setdefault(rows[index].number, problem)
        else:   # unusual but sound text, such as tabs between values
            faces[index] = np.array(rows[index].pixels.split(), np.uint8).reshape(FACE_SIZE, FACE_SIZE)
            counts[index] = PIXELS
    return Block(rows, faces, counts, problems)


def _label_problem(row: Row) -> tuple[str, str] | None:
    if row.fields != row.fields_expected:
        return "fields", f"{row.fields} fields; expected {row.fields_expected}"
    if row.emotion not in EMOTION_TEXTS:
        return "emotion", f"emotion {row.emotion!r}; expected 0 to {len(EMOTIONS) - 1}"
    if row.usage not in USAGE_TEXTS:
        return "usage", f"Usage {row.usage!r}; expected {', '.join(Usage)}"
    return None


EMOTION_TEXTS = frozenset(str(emotion) for emotion in range(len(EMOTIONS)))
USAGE_TEXTS = frozenset(str(usage) for usage in Usage)


def pixel_problem(pixels: str) -> tuple[str, str] | None:
    """Say why the pixels of one row are no face; None if they are one."""
    values = pixels.split()
    if not values:
        return "pixels_empty", "no pixel values"
    if strange := next((value for value in values if not (value.isascii() and value.isdigit())), None):
        return "pixels_text", f"pixel value {strange[:20]!r}; expected whole numbers 0 to 255"
    if len(values) != PIXELS:
        return "pixels_count", f"{len(values)} pixel values; expected {PIXELS} ({FACE_SIZE} × {FACE_SIZE})"
    if large := next((value for value in values if len(value.lstrip("0")) > 3 or int(value) > 255), None):
        return "pixels_range", f"pixel value {large[:20]}; expected 0 to 255"
    return None


def csv_text(rows: Iterable[tuple[str, str, str]]) -> str:
    """Rows of (emotion, pixels, Usage) as the text of a fer2013.csv."""
    out = io.StringIO()
    out.write(",".join(COLUMNS) + "\n")
    out.writelines(",".join(row) + "\n" for row in rows)
    return out.getvalue()
