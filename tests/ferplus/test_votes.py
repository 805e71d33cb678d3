"""What follows from votes."""

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.ferplus.votes import VOTES, not_a_face, soft_labels
from fer_pipeline.labels import EMOTIONS


def votes(*rows: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([{name: row.get(name, 0) for name in VOTES} for row in rows], index=range(5, 5 + len(rows)),
                        dtype=np.uint8)


def test_a_row_is_no_face_when_every_vote_says_so_however_many_voted():
    said = not_a_face(votes({"NF": 10}, {"NF": 9}, {"NF": 9, "unknown": 1}, {"happiness": 10}, {}))
    assert said.tolist() == [True, True, False, False, False]
    assert said.index.tolist() == [5, 6, 7, 8, 9]


@pytest.mark.parametrize(("theirs", "ours"), [
    ("anger", "angry"), ("disgust", "disgust"), ("fear", "fear"), ("happiness", "happy"), ("sadness", "sad"),
    ("surprise", "surprise"), ("neutral", "neutral")])
def test_every_emotion_of_ours_gets_the_votes_of_its_name_at_ferplus(theirs, ours):
    expected = [float(emotion == ours) for emotion in EMOTIONS]
    assert soft_labels(votes({theirs: 10})).tolist() == [expected]


def test_single_votes_and_those_for_labels_we_lack_count_as_nothing():
    said = soft_labels(votes({"neutral": 4, "sadness": 2, "fear": 1, "contempt": 2, "unknown": 1}))
    assert said.dtype == np.float32
    assert dict(zip(EMOTIONS, said[0].round(4).tolist(), strict=True)) == pytest.approx(
        {"angry": 0, "disgust": 0, "fear": 0, "happy": 0, "sad": 0.3333, "surprise": 0, "neutral": 0.6667}, abs=1e-4)


@pytest.mark.parametrize("row", [{"NF": 10}, {"contempt": 8, "unknown": 2}, {}, dict.fromkeys(VOTES, 1)])
def test_a_row_without_a_usable_vote_is_nan(row):
    said = soft_labels(votes({"fear": 10}, row))
    assert said.shape == (2, 7)
    assert np.isnan(said[1]).all()
    assert said[0].sum() == 1


def test_votes_are_left_as_they_were():
    mine = votes({"neutral": 9, "fear": 1})
    before = mine.copy()
    soft_labels(mine)
    pd.testing.assert_frame_equal(mine, before)
