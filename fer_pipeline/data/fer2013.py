"""fer2013.csv: rows of `emotion,pixels,Usage`, where pixels are 2,304 grey levels as text.

Columns may come in any order and their names with spaces around them, as in icml_face_data.csv. A row that cannot be
read keeps its number and gets the reason. `piecewise` reads the same, side by side.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import NamedTuple

import numpy as np

from fer_pipeline.data.pixel_text import parse_pixels
from fer_pipeline.data.side_by_side import batches
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, PIXELS, Usage

COLUMNS = ("emotion", "pixels", "Usage")
BLOCK_ROWS = 1_000
csv.field_size_limit(1 << 20)   # a row of pixels has about 9,000 characters; a broken file may have any number


class Row(NamedTuple):
    """What a source tells of a face beside its pixels, as text; a picture has a path."""

    number: int
    emotion: str
    usage: str
    path: str = ""


class Block(NamedTuple):
    """Consecutive rows and what became of them.

    Attributes:
        rows: As read.
        faces: `(sound rows, 48, 48)` uint8, of the rows without an entry in `problems`.
        pixel_counts: `(rows,)` number of values in each row's pixels.
        problems: Row number to (kind, sentence) for the rows that are no face.
    """

    rows: list[Row]
    faces: np.ndarray
    pixel_counts: np.ndarray
    problems: dict[int, tuple[str, str]]


class Columns(NamedTuple):
    """Where a header has the columns, and how many it has in all."""

    emotion: int
    pixels: int
    usage: int
    number: int


def read_blocks(lines: Iterable[str], name: str) -> Iterator[Block]:
    """Parse the lines of a csv file, `BLOCK_ROWS` rows at a time.

    Args:
        lines: With their ends.
        name: What messages call the file.

    Raises:
        InputError: The file is empty, lacks a column, or has no rows.
    """
    with csv_errors(name):
        reader = csv.reader(lines)
        columns = find_columns(next(reader, []), name)
        yield from whole(parse_batches(reader, columns), name)


@contextmanager
def csv_errors(name: str) -> Iterator[None]:
    """Tell people of text that is no csv."""
    try:
        yield
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{name} is no csv text: {error}. Fetch or write it again.") from None


def find_columns(header: list[str], name: str) -> Columns:
    """Find the columns by their names."""
    if not header:
        raise InputError(f"{name} is empty; expected the columns {', '.join(COLUMNS)}. Fetch or write the file again.")
    names = [name.strip() for name in header]
    if missing := [column for column in COLUMNS if column not in names]:
        found = ", ".join(map(repr, header))[:200]
        raise InputError(f"{name} has no column {', '.join(map(repr, missing))}. Found: {found}. "
                         f"Expected: {', '.join(COLUMNS)}. Give the fer2013.csv of the Kaggle competition.")
    emotion, pixels, usage = map(names.index, COLUMNS)
    return Columns(emotion, pixels, usage, len(names))


def parse_batches(reader: Iterable[list[str]], columns: Columns) -> Iterator[Block]:
    """Parse rows as csv gives them; the rows of each block are numbered from 0. A blank line is no row."""
    return (parse_rows(rows, columns) for rows in batches(filter(None, reader), BLOCK_ROWS))


def whole(blocks: Iterator[Block], name: str) -> Iterator[Block]:
    """Number the rows of a whole file, which has one at least."""
    if (first := next(blocks, None)) is None:
        raise InputError(f"{name} has a header and no rows; expected one row a face. Fetch or write it again.")
    return numbered(chain([first], blocks))


def join(blocks: Iterable[Block]) -> Block:
    """All of `blocks`, of which there is one at least, as one."""
    faces = bytearray()     # grows where it is; joining arrays takes their memory once more
    rows: list[Row] = []
    counts: list[np.ndarray] = []
    problems: dict[int, tuple[str, str]] = {}
    for block in blocks:
        faces.extend(block.faces)
        rows += block.rows
        counts.append(block.pixel_counts)
        problems |= block.problems
    pixels = np.frombuffer(faces, np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)
    return Block(rows, pixels, np.concatenate(counts), problems)


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number the rows of all blocks from 0."""
    first = 0
    for block in blocks:
        yield _from(first, block) if first else block
        first += len(block.rows)


def _from(first: int, block: Block) -> Block:
    rows = [Row(number, *row[1:]) for number, row in enumerate(block.rows, first)]
    return block._replace(rows=rows, problems={first + row: problem for row, problem in block.problems.items()})


def parse_rows(rows: list[list[str]], columns: Columns) -> Block:
    """Turn the fields of rows into faces and find the rows that are none."""
    nothing = [""] * columns.number
    told = [fields if len(fields) == columns.number else nothing for fields in rows]
    pixels = [fields[columns.pixels] for fields in told]
    labels = [Row(number, fields[columns.emotion], fields[columns.usage]) for number, fields in enumerate(told)]
    problems = {row.number: problem for row, fields in zip(labels, rows, strict=True)
                if (problem := _fields_problem(len(fields), columns.number) or _label_problem(row))}
    faces, counts, unreadable = parse_pixels(pixels)
    for index in np.flatnonzero(unreadable).tolist():
        if problem := pixel_problem(pixels[index]):
            problems.setdefault(index, problem)
        else:   # unusual but sound text, such as tabs between values
            faces[index] = np.array(pixels[index].split(), np.uint8).reshape(FACE_SIZE, FACE_SIZE)
            counts[index] = PIXELS
    sound = np.ones(len(rows), bool)
    sound[list(problems)] = False
    return Block(labels, faces if sound.all() else faces[sound], counts, problems)


def _fields_problem(found: int, expected: int) -> tuple[str, str] | None:
    return None if found == expected else ("fields", f"{found} fields; expected {expected}")


def _label_problem(row: Row) -> tuple[str, str] | None:
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
