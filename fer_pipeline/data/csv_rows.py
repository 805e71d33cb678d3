"""Rows of a csv file as `csv.reader` gives them, at the speed of `str.split` wherever no quote stands.

Text comes in pieces of whole lines. In a piece without quotes and lone carriage returns a line is a row and fields
stand between commas; any other piece goes to `csv.reader`, with further lines while a quoted field is open at its end.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

PIECE_BYTES = 1 << 16   # small enough for malloc to use the same memory again
csv.field_size_limit(1 << 20)   # a row of pixels has about 9,000 characters; a broken file may have any number


def read_rows(file: BinaryIO, begun: bytes = b"") -> Iterator[list[str]]:
    """Fields of each row of a UTF-8 csv file; a blank line has none.

    Args:
        file: Open for reading.
        begun: What was read of it and no row was made of yet.

    Raises:
        csv.Error: A field is larger than the limit.
        UnicodeDecodeError: The file is no UTF-8.
    """
    while text := _whole_lines(begun or file.read(PIECE_BYTES), file):
        begun = b""
        rows = _plain_rows(text)
        yield from _careful_rows(text, file) if rows is None else rows


def _whole_lines(piece: bytes, file: BinaryIO) -> str:
    return (piece if piece.endswith(b"\n") else piece + file.readline()).decode()


def _plain_rows(text: str) -> list[list[str]] | None:
    lines = text.replace("\r\n", "\n") if "\r" in text else text
    if '"' in lines or "\r" in lines:
        return None
    rows = lines.removesuffix("\n").split("\n")
    if max(map(len, rows)) > csv.field_size_limit():
        return None
    return [row.split(",") if row else [] for row in rows]


def _careful_rows(text: str, file: BinaryIO) -> Iterator[list[str]]:
    waiting = deque(_lines(text))
    reader = csv.reader(_and_further(waiting, file))
    while waiting:
        yield next(reader)


def _and_further(waiting: deque[str], file: BinaryIO) -> Iterator[str]:
    """Lines that wait, and one more of the file whenever a row goes on after the last of them."""
    while waiting or (further := file.readline()):
        if not waiting:
            waiting.extend(_lines(further.decode()))
        yield waiting.popleft()


def _lines(text: str) -> Iterable[str]:
    return io.StringIO(text, newline="")    # as csv wants them: ends as they are, also lone carriage returns
