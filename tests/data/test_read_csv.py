"""The quick way through a csv file against the careful one."""

import gzip
import io
import random
import tracemalloc
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import pytest

from fer_pipeline.data import fer2013, piecewise, plain_lines
from fer_pipeline.data.csv_lines import text_lines
from fer_pipeline.data.fer2013 import COLUMNS, Block, csv_text, find_columns, join, read_blocks
from fer_pipeline.data.piecewise import read_csv
from fer_pipeline.data.pixel_text import GROUP_ROWS
from fer_pipeline.errors import InputError

PIECE_BYTES = 20_000    # two rows and a part of the third


def assert_equal(quick: Block, careful: Block) -> None:
    assert (quick.rows, quick.problems) == (careful.rows, careful.problems)
    np.testing.assert_array_equal(quick.faces, careful.faces)
    np.testing.assert_array_equal(quick.pixel_counts, careful.pixel_counts)


@pytest.mark.parametrize("piece_bytes", [PIECE_BYTES, 1 << 20], ids=["side by side", "here"])
@pytest.mark.parametrize("marks", [["\r", '"', '""'], []], ids=["quotes", "no quotes"])
@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_file_gives_the_same_rows_by_both_ways(rows, seed, marks, piece_bytes, monkeypatch):
    monkeypatch.setattr(piecewise, "PIECE_BYTES", piece_bytes)
    dice = random.Random(seed)
    text = csv_text(rows * 3)
    for _ in range(30):
        place = dice.randrange(text.index("\n") + 1, len(text))
        new = dice.choice([" ", "9", "-", "x", "é", ",", "\n", "\n\n", "\r\n", "\x00", *marks])
        text = text[:place] + new + text[place + dice.randrange(2):]
    careful = join(read_blocks(io.StringIO(text, newline=""), "raw.csv"))
    assert_equal(join(read_csv(io.BytesIO(text.encode()), "raw.csv")), careful)
    assert len(careful.problems) > 5


ODDITIES: dict[str, Callable[[str], str]] = {
    "no end of line at the end": lambda text: text.removesuffix("\n"),
    "Windows": lambda text: text.replace("\n", "\r\n"),
    "old Macintosh": lambda text: text.replace("\n", "\r"),
    "blank lines, more than a piece of them": lambda text: text.replace("\n", "\n" * PIECE_BYTES * 2, 5),
    "short rows, more than a piece of them": lambda text: text + "0,,\n" * PIECE_BYTES,
    "a line of several pieces": lambda text: text.replace(" ", " " * 20, 3000),
    "a quoted header": lambda text: text.replace("Usage", '"Usage"'),
    "a quote in the last row": lambda text: text + '3,"1 2\n3",Training\n',
    "a quoted row in the middle": lambda text: text[:text.find("\n", 80_000)] + '\n3,"1,\n2",Training\n' + text,
}


@pytest.mark.parametrize("case", ODDITIES)
def test_odd_files_have_the_rows_that_csv_finds(rows, case, monkeypatch):
    monkeypatch.setattr(piecewise, "PIECE_BYTES", PIECE_BYTES)
    text = ODDITIES[case](csv_text(rows * 3))
    assert_equal(join(read_csv(io.BytesIO(text.encode()), "raw.csv")),
                 join(read_blocks(io.StringIO(text, newline=""), "raw.csv")))


def test_text_that_breaks_in_a_worker_is_refused(rows, monkeypatch):
    monkeypatch.setattr(piecewise, "PIECE_BYTES", PIECE_BYTES)
    text = csv_text(rows * 3).encode()
    with pytest.raises(InputError, match=r"raw\.csv is no csv text: 'utf-8' codec"):
        list(read_csv(io.BytesIO(text[:50_000] + b"\xff" + text[50_000:]), "raw.csv"))


@pytest.mark.parametrize("seed", range(3))
def test_quoting_and_line_ends_change_nothing(rows, faces, seed):
    dice = random.Random(seed)
    lines = csv_text(rows).splitlines()
    quoted = [dice.choice([line, '"' + line.replace(",", '","') + '"']) + dice.choice(["\n", "\r\n", "\r"])
              for line in lines]
    (block,) = read_csv(io.BytesIO("".join(quoted).encode()), "raw.csv")
    assert not block.problems
    np.testing.assert_array_equal(block.faces, faces(12).pixels)


def peak_of_reading(text: str) -> int:
    file: BinaryIO = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(text.encode(), 1)))    # type: ignore[assignment]
    tracemalloc.start()
    assert sum(len(block.rows) for block in read_csv(file, "raw.csv")) == text.count("\n") - 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("change", [lambda text: text, lambda text: text.replace("Training", '"Training"')],
                         ids=["plain", "quoted"])
def test_memory_does_not_grow_with_the_file(rows, monkeypatch, change):
    monkeypatch.setattr(fer2013, "BLOCK_ROWS", 24)
    monkeypatch.setattr(piecewise, "PIECE_BYTES", PIECE_BYTES)
    peak_of_reading(change(csv_text(rows * 20)))    # what is loaded and kept once
    short, ten_times = (peak_of_reading(change(csv_text(rows * times))) for times in (20, 200))
    assert ten_times < 2 * short


def test_a_block_is_given_before_the_file_is_read_to_its_end(rows, monkeypatch):
    monkeypatch.setattr(piecewise, "PIECE_BYTES", PIECE_BYTES)
    file = io.BytesIO(csv_text(rows * 50).encode())
    next(read_csv(file, "raw.csv"))
    assert file.tell() < len(file.getvalue()) / 4


def test_an_odd_line_sends_its_own_group_alone_the_careful_way(rows, monkeypatch):
    columns, careful = find_columns(list(COLUMNS), "raw.csv"), []
    monkeypatch.setattr(plain_lines, "text_lines", lambda file: careful.append(file) or text_lines(file))
    lines = [",".join(row) + "\n" for row in rows[:1] * (3 * GROUP_ROWS)]
    lines[GROUP_ROWS + 3] = lines[0].replace("\n", "\r\n")
    text = np.frombuffer("".join(lines).encode(), np.uint8)
    blocks = list(plain_lines.parse_lines(text, columns))
    assert [len(block.faces) for block in blocks] == [GROUP_ROWS] * 3
    assert len(careful) == 1
