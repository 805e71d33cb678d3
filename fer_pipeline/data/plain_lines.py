"""Whole lines of a csv file of faces, parsed where they stand: no line, field or value is cut out of the text.

Lines are taken in groups. A group is plain if every line has its commas, a known emotion and usage, and pixels that
`pixel_text` reads; any other, as with quotes, ends `\\r\\n` or a faulty row, goes the careful way of `fer2013`.
"""

import csv
import io
from collections.abc import Iterator

import numpy as np

from fer_pipeline.data.csv_lines import text_lines
from fer_pipeline.data.fer2013 import EMOTION_TEXTS, USAGE_TEXTS, Block, Columns, Row, parse_batches
from fer_pipeline.data.pixel_text import GROUP_ROWS, read_values
from fer_pipeline.labels import FACE_SIZE, PIXELS

NEWLINE, COMMA = np.uint8(ord("\n")), np.uint8(ord(","))
EMOTION_BYTES = {text.encode(): text for text in EMOTION_TEXTS}
USAGE_BYTES = {text.encode(): text for text in USAGE_TEXTS}


def parse_lines(text: np.ndarray, columns: Columns) -> Iterator[Block]:
    """Parse text in groups of lines; the rows of each block are numbered from 0, and a blank line is none.

    Args:
        text: `(characters,)` uint8, UTF-8, of whole lines without a field that goes on after its line.
        columns: Where the fields are.
    """
    ends = np.flatnonzero(text == NEWLINE) + 1
    start = 0
    for stop in [*ends[GROUP_ROWS - 1:-1:GROUP_ROWS].tolist(), len(text)]:
        group = text[start:stop]
        if (block := _plain_block(group, columns)) is not None:
            yield block
        else:
            yield from parse_batches(csv.reader(text_lines(io.BytesIO(group.tobytes()))), columns)
        start = stop


def _plain_block(text: np.ndarray, columns: Columns) -> Block | None:
    if (bounds := _field_bounds(text, columns.number)) is None or (rows := _rows(text, bounds, columns)) is None:
        return None
    faces = np.empty((len(rows), FACE_SIZE, FACE_SIZE), np.uint8)
    if not read_values(text, bounds[:, columns.pixels] + 1, bounds[:, columns.pixels + 1], faces):
        return None
    return Block(rows, faces, np.full(len(rows), PIXELS), {})


def _field_bounds(text: np.ndarray, number: int) -> np.ndarray | None:
    """Places `(lines, number + 1)` before and after each of the `number` fields that every line must have."""
    ends, commas = np.flatnonzero(text == NEWLINE), np.flatnonzero(text == COMMA)
    if not len(ends) or len(commas) != len(ends) * (number - 1):
        return None
    before = np.concatenate([[-1], ends[:-1]])
    bounds = np.column_stack([before, commas.reshape(len(ends), -1), ends])
    lengths = np.diff(bounds)
    return bounds if lengths.min() > 0 and lengths.max() <= csv.field_size_limit() else None


def _rows(text: np.ndarray, bounds: np.ndarray, columns: Columns) -> list[Row] | None:
    fields = text.tobytes()
    emotions, usages = ([fields[before + 1:after] for before, after in bounds[:, column:column + 2].tolist()]
                        for column in (columns.emotion, columns.usage))
    if not (EMOTION_BYTES.keys() >= set(emotions) and USAGE_BYTES.keys() >= set(usages)):
        return None
    return [Row(number, EMOTION_BYTES[emotion], USAGE_BYTES[usage])
            for number, (emotion, usage) in enumerate(zip(emotions, usages, strict=True))]
