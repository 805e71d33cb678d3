import csv
import io
import random

import pytest

from fer_pipeline.data import csv_rows
from fer_pipeline.data.csv_rows import read_rows

HEADER = "emotion,pixels,Usage\n"
ODDITIES = {
    "plain": "0,1 2,Training\n1,3 4,PublicTest\n",
    "no end of line at the end": "0,1 2,Training\n1,3 4,PublicTest",
    "blank lines": "\n0,1 2,Training\n\n\n1,3 4,PublicTest\n\n",
    "blank line of blanks": "0,1 2,Training\n  \n",
    "Windows": "0,1 2,Training\r\n\r\n1,3 4,PublicTest\r\n",
    "old Macintosh": "0,1 2,Training\r\r1,3 4,PublicTest\r",
    "lone carriage return among Windows lines": "0,1 2,Training\r\n1,3\r4,PublicTest\r\n",
    "two carriage returns": "0,1 2,Training\r\r\n1,3 4,PublicTest\r\n",
    "quoted": '"0","1 2","Training"\n1,"3 4",PublicTest\n',
    "quoted comma and quote": '0,"1,2","a ""b"""\n',
    "quoted lines": '0,"1\n2\r\n3\r4","Training"\n1,3 4,PublicTest\n',
    "quoted to the end": '0,1 2,Training\n1,"3 4,PublicTest\n2,5 6,Training\n',
    "a quote alone": '"',
    "a quote within a field": '0,1"2,Training\n1,3 4,PublicTest\n',
    "text after a quote": '0,"1 2"3,Training\n',
    "wrong numbers of fields": "0\n0,1 2,Training,x\n,\n,,\n",
    "other line ends of Unicode": "0,1\u20282,Training\x0b\x0c\x1c\x85\n",
    "NUL and BOM": "\ufeff0,1\x002,Training\n",
}


def as_csv_does(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")))


@pytest.mark.parametrize("piece_bytes", [1, 8, 1 << 16])
@pytest.mark.parametrize("case", ODDITIES)
def test_odd_files_have_the_rows_that_csv_finds(case, piece_bytes, monkeypatch):
    monkeypatch.setattr(csv_rows, "PIECE_BYTES", piece_bytes)
    content = (HEADER + ODDITIES[case]).encode()
    assert list(read_rows(io.BytesIO(content))) == as_csv_does(content)


@pytest.mark.parametrize("marks", [[], ["\r\n"], ["\r"], ['"'], ['"', '"\n', ',"', '",', "\r\n"]], ids=str)
def test_random_text_has_the_rows_that_csv_finds(marks, monkeypatch):
    dice = random.Random(7)
    for _ in range(200):
        monkeypatch.setattr(csv_rows, "PIECE_BYTES", dice.randrange(1, 60))
        content = "".join(dice.choices(["0", "255", " ", ",", "\n", "\n", "é", *marks], k=200)).encode()
        assert list(read_rows(io.BytesIO(content))) == as_csv_does(content)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_above_the_limit_is_refused_as_csv_does(quote):
    most = csv.field_size_limit()
    assert len(next(read_rows(io.BytesIO(f"{quote}{'1' * most}{quote},x\n".encode())))[0]) == most
    with pytest.raises(csv.Error, match="field larger than field limit"):
        list(read_rows(io.BytesIO(f"{quote}{'1' * (most + 1)}{quote},x\n".encode())))


def test_a_quoted_row_leaves_the_rows_beside_it_to_the_quick_way(monkeypatch):
    careful, seen = csv_rows._careful_rows, []
    monkeypatch.setattr(csv_rows, "PIECE_BYTES", 10)
    monkeypatch.setattr(csv_rows, "_careful_rows", lambda text, file: seen.append(text) or careful(text, file))
    content = b"0,1 2,Training\n" * 5 + b'1,"3\n4",Training\n' + b"0,1 2,Training\n" * 5
    assert list(read_rows(io.BytesIO(content))) == as_csv_does(content)
    assert seen == ['1,"3\n4",Training\n']
