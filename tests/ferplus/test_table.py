"""fer2013new.csv: what is read, what is refused, and which sources it can be joined to."""

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.table import parse, require_same_rows
from fer_pipeline.ferplus.votes import VOTES
from tests.ferplus.conftest import CSV, ROWS


def test_rows_keep_their_position_and_votes_are_small_numbers(votes_text):
    table = parse(votes_text({3: {"NF": 10}, 4: {"neutral": 4, "disgust": 5}}).encode(), "votes.csv")
    assert table["row"].tolist() == list(range(ROWS))
    assert {str(table[name].dtype) for name in VOTES} == {"uint8"}
    assert table.loc[3, ["image_name", "NF"]].tolist() == ["", 10]
    assert table.loc[4, list(VOTES)].sum() == 9      # as row 10435 of the real file


@pytest.mark.parametrize(("before", "after", "message"), [
    ("Usage,Image name", "usage,Image name", r"v\.csv has 'usage', .*; expected the columns Usage, Image name"),
    (",NF\n", "\n", r"v\.csv has 'Usage', .*'unknown'; expected the columns"),
    ("Training,fer0000000.png,7", "Training,fer0000000.png,7.0", "1 rows with votes that are not whole numbers"),
    ("Training,fer0000000.png,7", "Training,fer0000000.png,-1", "votes that are not whole numbers"),
    ("Training,fer0000000.png,7", "Training,fer0000000.png,", "votes that are not whole numbers"),
    ("Training,fer0000000.png,7", "Training,fer0000000.png,8", r"1 rows with more than 10 votes\. First: row 0: Train"),
    ("Training,fer0000000.png", "Train,fer0000000.png", "1 rows with a Usage that is not one of Training, Pub"),
    ("Training,fer0000003.png", "Training", r"1 rows with another number of fields than 12\. First: row 3: Train"),
    ("Training,fer0000003.png", "Training,fer0000003.png,0", "1 rows with another number of fields"),
])
def test_what_is_no_fer2013new_csv_is_refused_with_its_first_rows(votes_text, before, after, message):
    text = votes_text()
    assert before in text
    with pytest.raises(InputError, match=message) as refused:
        parse(text.replace(before, after, 1).encode(), "v.csv")
    assert "fer ferplus none" in str(refused.value)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "v.csv has no columns; expected"), (b"\xff\xfe\x00", "no csv text"),
    (b"Usage\n", "v.csv has 'Usage'; expected"),
    (",".join(("Usage", "Image name", *VOTES)).encode() + b"\n", "a header and no rows")])
def test_other_content_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        parse(content, "v.csv")


def test_votes_on_the_same_rows_pass(votes_text, raw_table):
    require_same_rows(parse(votes_text().encode(), "v.csv"), raw_table, CSV)


def test_rows_of_another_usage_are_named(votes_text, raw_table):
    swapped = parse(votes_text(usages={4: "Training", 3: "PublicTest"}).encode(), "v.csv")
    with pytest.raises(InputError, match=r"2 rows have another Usage in the votes.*First: row 3: PublicTest in the "
                                         r"votes, Training in the source; row 4: Training in the votes, PublicTest in"):
        require_same_rows(swapped, raw_table, CSV)


def test_a_row_whose_own_usage_cannot_be_read_is_not_compared(votes_text, raw_table):
    raw_table.loc[7, "usage"] = "Trai"
    require_same_rows(parse(votes_text().encode(), "v.csv"), raw_table, CSV)


def test_another_number_of_rows_is_refused(votes_text, raw_table):
    with pytest.raises(InputError, match="The votes have 42 rows and the source has 41; they are joined by position"):
        require_same_rows(parse(votes_text().encode(), "v.csv"), raw_table[:-1], CSV)


@pytest.mark.parametrize("split", ["official", "own split"])
def test_pictures_are_refused_with_the_reason_and_the_repair(votes_text, raw_table, split):
    raw_table["path"] = [f"train/happy/{row}.png" for row in range(ROWS)]
    pictures = CSV | {"layout": "pictures named by usage, as msambare/fer2013", "split": split}
    with pytest.raises(InputError, match=rf"its layout is pictures named by usage, .* \(split: {split}\), where a row "
                                         "is the position of a picture's path. Give fer2013.csv or .*fer ferplus none"):
        require_same_rows(parse(votes_text().encode(), "v.csv"), raw_table, pictures)


def test_synthetic_faces_have_no_votes(votes_text, raw_table):
    sample = CSV | {"synthetic": True, "description": "42 synthetic faces"}
    with pytest.raises(InputError, match=r"FER\+ voted on FER-2013, and the source is 42 synthetic faces\. Give fer"):
        require_same_rows(parse(votes_text().encode(), "v.csv"), raw_table, sample)


def test_the_frame_is_joined_by_row(votes_text):
    manifest = pd.DataFrame({"row": np.array([2, 5], np.int32), "emotion": [1, 2]})
    joined = manifest.merge(parse(votes_text({5: {"fear": 10}}).encode(), "v.csv"), on="row")
    assert joined["fear"].tolist() == [1, 10]
