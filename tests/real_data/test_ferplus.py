"""FER+'s own file on the real fer2013.csv: what is odd in it, and that row meets row."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.ferplus.table import parse, require_same_rows
from fer_pipeline.ferplus.votes import VOTES, not_a_face, soft_labels
from fer_pipeline.labels import Usage
from fer_pipeline.layouts.detection import detect
from fer_pipeline.layouts.trees import open_tree
from tests.real_data.conftest import SHARED

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    given = Path(os.environ.get("FER_DATA", SHARED))
    file = (given if given.is_dir() else given.parent) / "fer2013new.csv"
    if not file.exists():
        pytest.skip(f"no {file}")
    return parse(file.read_bytes(), file.name)


def test_every_usage_is_that_of_the_same_row(votes, csv_file):
    with open_tree(csv_file) as tree:
        layout = detect(tree)
        rows = [(row.number, row.usage, row.path) for block in layout.blocks(tree) for row in block.rows]
    raw_table = pd.DataFrame(rows, columns=["row", "usage", "path"])
    require_same_rows(votes, raw_table, {"synthetic": False, "layout": layout.name, "split": layout.split})
    assert (raw_table["usage"] == votes["usage"]).all()


def test_the_non_faces_and_blank_names_are_as_counted(votes):
    order = list(map(str, Usage))
    assert not_a_face(votes).groupby(votes["usage"]).sum()[order].tolist() == [150, 10, 16]
    blank = votes["image_name"].eq("")
    assert blank.groupby(votes["usage"]).sum()[order].tolist() == [148, 10, 15]
    assert votes.loc[not_a_face(votes) & ~blank, "row"].tolist() == [10657, 13839, 34334]
    assert not (blank & ~not_a_face(votes)).any()


def test_ten_taggers_voted_on_every_row_but_one(votes):
    total = votes[list(VOTES)].sum(axis=1)
    assert votes.loc[total != 10, "row"].tolist() == [10435]
    assert total[10435] == 9


def test_four_image_names_stand_twice(votes):
    names = votes.loc[votes["image_name"].ne(""), "image_name"]
    assert sorted(names[names.duplicated()]) == [
        "fer0006953.png", "fer0008403.png", "fer0011785.png", "fer0033120.png"]


def test_rows_without_a_usable_vote_are_as_counted(votes):
    assert np.isnan(soft_labels(votes)).any(axis=1).sum() == 231
