import csv
import io
import random

import pytest

from fer_pipeline.data.csv_lines import text_lines

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


def assert_rows_as_of_a_text_file(content: bytes, begun: int) -> None:
    expected = list(csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")))
    file = io.BytesIO(content)
    assert list(csv.reader(text_lines(file, file.read(begun)))) == expected


@pytest.mark.parametrize("begun", [0, 1, 25, 30, 1000])
@pytest.mark.parametrize("case", ODDITIES)
def test_odd_files_have_the_rows_that_csv_finds_in_a_text_file(case, begun):
    assert_rows_as_of_a_text_file((HEADER + ODDITIES[case]).encode(), begun)


@pytest.mark.parametrize("marks", [[], ["\r\n"], ["\r"], ['"'], ['"', '"\n', ',"', '",', "\r\n"]], ids=str)
def test_random_text_has_the_rows_that_csv_finds_in_a_text_file(marks):
    dice = random.Random(7)
    for _ in range(200):
        content = "".join(dice.choices(["0", "255", " ", ",", "\n", "\n", "é", *marks], k=200)).encode()
        assert_rows_as_of_a_text_file(content, dice.randrange(250))
