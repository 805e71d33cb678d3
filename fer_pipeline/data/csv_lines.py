"""Lines of a csv file as `csv.reader` wants them: with their ends as they are, also lone carriage returns."""

import io
from collections.abc import Iterator
from typing import BinaryIO


def text_lines(file: BinaryIO, begun: bytes = b"") -> Iterator[str]:
    """Lines of UTF-8 text.

    Args:
        file: Open for reading.
        begun: What was read of it before.

    Raises:
        UnicodeDecodeError: It is no UTF-8.
    """
    while text := (begun if begun.endswith(b"\n") else begun + file.readline()):
        begun = b""
        yield from io.StringIO(text.decode(), newline="")
