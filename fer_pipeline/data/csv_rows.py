"""Rows of a csv file as `csv.reader` gives them, at the speed of `str.split` wherever no quote stands.

Text comes in pieces of whole lines. In a piece without quotes and lone carriage returns a line is a row and fields
stand between commas; any other piece goes to `csv.reader`, with more lines if a quoted field is still open at its end.
"""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

PIECE_BYTES = 1 << 20
END = "end,end"     # two fields, unless a quoted one that is still open swallows it
csv.field_size_limit(1 << 20)   # a row of pixels has about 9,000 characters; a broken file may have any number


def read_rows(file: BinaryIO) -> Iterator[list[str]]:
    """Fields of each row of a UTF-8 csv file; a blank line has none.

    Raises:
        csv.Error: A field is larger than the limit.
        UnicodeDecodeError: The file is no UTF-8.
    """
    while text := _whole_lines(file):
        rows = _plain_rows(text)
        yield from _careful_rows(text, file) if rows is None else rows


def _whole_lines(file: BinaryIO) -> str:
    piece = file.read(PIECE_BYTES)
    return (piece if piece.endswith(b"\n") else piece + file.readline()).decode()


def _plain_rows(text: str) -> list[list[str]] | None:
    lines = text.replace("\r\n", "\n") if "\r" in text else text
    if '"' in lines or "\r" in lines:
        return None
    rows = lines.removesuffix("\n").split("\n")
    if max(map(len, rows)) > csv.field_size_limit():
        return None
    return [row.split(",") if row else [] for row in rows]


def _careful_rows(text: str, file: BinaryIO) -> list[list[str]]:
    while (rows := _parse(text, END))[-1] != END.split(","):
        if not (more := _whole_lines(file)):
            return _parse(text)
        text += more
    return rows[:-1]


def _parse(text: str, *more_lines: str) -> list[list[str]]:
    return list(csv.reader([*io.StringIO(text, newline=""), *more_lines]))
