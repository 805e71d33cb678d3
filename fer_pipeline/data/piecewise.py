"""A fer2013.csv in pieces of whole lines, which are parsed side by side.

A piece and then its faces stand in a slot of memory that this process and its workers share. A quoted field may go on
after a piece, so from the first quote on the file is read here, row by row.
"""

import csv
import mmap
from collections.abc import Iterator
from functools import partial
from itertools import chain, cycle
from typing import BinaryIO

import numpy as np

from fer_pipeline.data.csv_lines import text_lines
from fer_pipeline.data.fer2013 import (
    Block,
    Columns,
    csv_errors,
    find_columns,
    join,
    numbered,
    parse_batches,
    parse_rows,
    read_blocks,
    whole,
)
from fer_pipeline.data.plain_lines import parse_lines
from fer_pipeline.data.side_by_side import AHEAD, in_order, shared, workers
from fer_pipeline.labels import FACE_SIZE, PIXELS

PIECE_BYTES = 2 << 20   # 250 rows: pieces of every worker stay in the caches
QUOTE = ord('"')


def read_csv(file: BinaryIO, name: str) -> Iterator[Block]:
    """Parse an open csv file; no more than a few pieces are held at once.

    Args:
        file: UTF-8 text.
        name: What messages call it.

    Raises:
        InputError: The file is empty, lacks a column, or has no rows.
    """
    with csv_errors(name):
        header = file.readline()
        if b'"' in header or b"\r" in header.removesuffix(b"\r\n"):     # the header may be more or less than the line
            yield from read_blocks(text_lines(file, header), name)
        else:
            columns = find_columns(next(csv.reader([header.decode()]), []), name)
            yield from whole(_side_by_side(file, columns), name)


def _side_by_side(file: BinaryIO, columns: Columns) -> Iterator[Block]:
    pieces = _Pieces(file)
    tasks = iter(pieces)
    if first := next(tasks, None):  # a small file has none
        with workers(pieces.slots) as pool:
            for number, block in in_order(pool, partial(_parse, columns), chain([first], tasks)):
                faces = _faces(pieces.slots[number], len(block.rows) - len(block.problems)).copy()
                if block.rows:  # not blank lines alone
                    yield block._replace(faces=faces)
    yield from parse_batches(csv.reader(text_lines(file, pieces.rest)), columns)


class _Pieces:
    """Whole lines without quotes, each piece in the next of a few slots.

    Attributes:
        slots: A slot is filled again with the piece `AHEAD` places later.
        rest: What was read and is in no piece: the last of the file, or all from a quote on.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.rest = file, b""
        self.slots = [mmap.mmap(-1, PIECE_BYTES) for _ in range(AHEAD)]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Slot and bytes of each piece."""
        for number in cycle(range(AHEAD)):
            slot = self.slots[number]
            length = self._fill(slot)
            stop = slot.rfind(b"\n", 0, length) + 1
            if length < PIECE_BYTES or not stop or (np.frombuffer(slot, np.uint8) == QUOTE).any():
                self.rest = slot[:length]
                return
            self.rest = slot[stop:length]
            yield number, stop

    def _fill(self, slot: mmap.mmap) -> int:
        """Bytes in the slot: fewer than it holds at the end of the file alone."""
        length = len(self.rest)
        slot[:length] = self.rest
        while read := self._file.readinto(memoryview(slot)[length:]):   # type: ignore[attr-defined]
            length += read
        return length


def _parse(columns: Columns, piece: tuple[int, int]) -> tuple[int, Block]:
    """Parse a piece in a worker, which leaves its faces in the slot: text of a face is twice as long."""
    number, length = piece
    slot = shared()[number]
    blocks = parse_lines(np.frombuffer(slot, np.uint8, length), columns)
    block = join(numbered(chain([parse_rows([], columns)], blocks)))    # none where all lines are blank
    _faces(slot, len(block.faces))[:] = block.faces
    return number, block._replace(faces=block.faces[:0])


def _faces(slot: mmap.mmap, number: int) -> np.ndarray:
    return np.frombuffer(slot, np.uint8, number * PIXELS).reshape(number, FACE_SIZE, FACE_SIZE)
