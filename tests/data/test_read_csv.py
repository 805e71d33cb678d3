"""The quick way through a csv file against the careful one."""

import io
import random
import tracemalloc

import numpy as np
import pytest

from fer_pipeline.data import fer2013
from fer_pipeline.data.fer2013 import csv_text, read_blocks, read_csv


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_gives_the_same_blocks_by_both_ways(rows, seed, monkeypatch):
    monkeypatch.setattr(fer2013, "BLOCK_ROWS", 5)
    dice = random.Random(seed)
    text = csv_text(rows * 3)
    for _ in range(30):
        place = dice.randrange(text.index("\n") + 1, len(text))
        new = dice.choice([" ", "9", "-", "x", "é", ",", "\n", "\n\n", "\r", "\r\n", '"', '""', "\x00"])
        text = text[:place] + new + text[place + dice.randrange(2):]
    expected = list(read_blocks(io.StringIO(text, newline=""), "raw.csv"))
    for block, other in zip(read_csv(io.BytesIO(text.encode()), "raw.csv"), expected, strict=True):
        assert (block.rows, block.problems) == (other.rows, other.problems)
        np.testing.assert_array_equal(block.faces, other.faces)
        np.testing.assert_array_equal(block.pixel_counts, other.pixel_counts)
    assert sum(len(block.problems) for block in expected) > 5


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
    file = io.BytesIO(text.encode())
    tracemalloc.start()
    assert sum(len(block.rows) for block in read_csv(file, "raw.csv")) == text.count("\n") - 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("change", [lambda text: text, lambda text: text.replace("Training", '"Training"')],
                         ids=["plain", "quoted"])
def test_memory_does_not_grow_with_the_file(rows, monkeypatch, change):
    monkeypatch.setattr(fer2013, "BLOCK_ROWS", 24)
    peak_of_reading(change(csv_text(rows * 20)))    # what is loaded and kept once
    short, ten_times = (peak_of_reading(change(csv_text(rows * times))) for times in (20, 200))
    assert ten_times < 2 * short    # threads take turns in another order every time


def test_a_block_is_given_before_the_file_is_read_to_its_end(rows, monkeypatch):
    monkeypatch.setattr(fer2013, "BLOCK_ROWS", 12)
    file = io.BytesIO(csv_text(rows * 50).encode())
    next(read_csv(file, "raw.csv"))
    assert file.tell() < len(file.getvalue()) / 4
