"""fer2013.csv: rows of `emotion,pixels,Usage`, where pixels are 2,304 grey levels as text.

Columns may come in any order and their names with spaces around them, as in icml_face_data.csv. The text is turned into
faces a block of rows at a time by numpy on the bytes themselves; a row that cannot be read keeps its number and gets
the reason.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, PIXELS, Usage

COLUMNS = ("emotion", "pixels", "Usage")
BLOCK_ROWS = 1_000
NEWLINE, SPACE, ZERO = b"\n"[0], b" "[0], b"0"[0]
csv.field_size_limit(1 << 20)   # a row of pixels has about 9,000 characters; a broken file may have any number


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


def read_blocks(lines: Iterable[str], name: str) -> Iterator[Block]:
    """Parse the lines of a csv file, `BLOCK_ROWS` rows at a time.

    Args:
        lines: An open text file.
        name: What messages call it.

    Raises:
        InputError: The file is empty, lacks a column, or has no rows.
    """
    rows = _rows(csv.reader(lines), name)
    try:
        if not (block := list(islice(rows, BLOCK_ROWS))):
            raise InputError(f"{name} has a header and no rows; expected one row a face. Fetch or write it again.")
        while block:
            yield parse_block(block)
            block = list(islice(rows, BLOCK_ROWS))
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
    for number, fields in enumerate(fields for fields in reader if fields):     # a blank line is no row
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


def parse_pixels(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn many rows' pixels into faces at once.

    Args:
        texts: Pixels of each row, grey levels separated by spaces.

    Returns:
        Faces `(rows, 48, 48)` uint8, zero where unreadable; values counted in each row `(rows,)`; and whether a row is
        unreadable `(rows,)` bool.
    """
    joined = "\n".join(text.replace("\n", " ") for text in texts) + "\n"
    text = np.frombuffer(joined.encode("ascii", "replace"), np.uint8)
    line_ends = np.flatnonzero(text == NEWLINE)
    value_ends = np.flatnonzero((text[:-1] > SPACE) & (text[1:] <= SPACE))
    counts = np.diff(np.searchsorted(value_ends, line_ends), prepend=0)
    unreadable = counts != PIXELS
    unreadable[np.searchsorted(line_ends, _strange(text))] = True
    values = _values(text, value_ends)
    rows = np.repeat(np.arange(len(texts)), counts)
    unreadable[rows[values > 255]] = True
    faces = np.zeros((len(texts), PIXELS), np.uint8)
    faces[~unreadable] = values[~unreadable[rows]].reshape(-1, PIXELS)
    return faces.reshape(-1, FACE_SIZE, FACE_SIZE), counts, unreadable


def _strange(text: np.ndarray) -> np.ndarray:
    """Positions of characters that are neither digit, space nor newline."""
    return np.flatnonzero((text - ZERO > 9) & (text != SPACE) & (text != NEWLINE))


def _values(text: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Whole numbers that end at `ends`; one of four digits or more is given as 999."""
    padded = np.concatenate([np.full(3, SPACE, np.uint8), text])
    values = np.zeros(len(ends), np.uint16)
    still = np.ones(len(ends), bool)
    for place, weight in enumerate((1, 10, 100)):
        digits = padded[ends + 3 - place] - ZERO    # below ZERO it wraps far above 9
        still &= digits <= 9
        values += np.where(still, digits, 0).astype(np.uint16) * np.uint16(weight)
    values[still & (padded[ends] > SPACE)] = 999
    return values


def csv_text(rows: Iterable[tuple[str, str, str]]) -> str:
    """Rows of (emotion, pixels, Usage) as the text of a fer2013.csv."""
    out = io.StringIO()
    out.write(",".join(COLUMNS) + "\n")
    out.writelines(",".join(row) + "\n" for row in rows)
    return out.getvalue()
