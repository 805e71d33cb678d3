"""The ranking of labels by given probabilities, and its page."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.label_issues import ranking as module
from fer_pipeline.label_issues.ranking import ranking, require_cleanlab
from fer_pipeline.label_issues.sheet import SHOWN, Origin, sheet
from fer_pipeline.labels import EMOTIONS

ORIGIN = Origin("140 faces <b>", synthetic=True, entry="lenet5", recipe="as_published", folds=3, seed=1)


@pytest.fixture
def ranked(faces) -> pd.DataFrame:
    """140 faces of sure networks; they contradict the labels of rows 1007 (rather sad) and 1014 (rather happy)."""
    training = faces(140, first_row=1000)
    believed = training.emotion.astype(int)
    believed[7], believed[14] = 4, 3
    said = np.full((140, 7), 0.02, np.float32)
    said[np.arange(140), believed] = 0.88
    said[14] = [0.05, 0.014, 0.014, 0.88, 0.014, 0.014, 0.014]
    return ranking(training, said)


def test_the_least_believed_label_comes_first_with_all_that_is_known_of_it(ranked):
    first = ranked.iloc[0]
    assert first[["rank", "row", "emotion", "suggested"]].tolist() == [1, 1007, "angry", "sad"]
    assert first["probability_given"] == pytest.approx(0.02)
    assert first["probability_suggested"] == pytest.approx(0.88)
    assert first["label_quality"] == pytest.approx((1 + 0.02 - 0.88) / 2)
    assert first["picture"] == "data/images/Training/angry/01007.png"
    assert ranked.loc[1, ["row", "emotion", "suggested"]].tolist() == [1014, "angry", "happy"]


def test_every_face_has_a_rank_and_few_are_in_doubt(ranked):
    assert ranked["rank"].tolist() == list(range(1, 141))
    assert sorted(ranked["row"]) == list(range(1000, 1140))
    assert ranked["label_quality"].between(0, 1).all()
    assert ranked["label_quality"].is_monotonic_increasing
    assert ranked.loc[ranked["is_issue"], "row"].tolist() == [1007, 1014]


def test_labels_believed_alike_stand_in_the_order_of_rows(ranked):
    assert ranked["row"].iloc[2:].tolist() == [row for row in range(1000, 1140) if row not in (1007, 1014)]


def test_the_sheet_needs_no_other_file_and_shows_the_worst(ranked, faces):
    page = sheet(ranked, faces(140, first_row=1000), ORIGIN)
    assert page.count('class="face doubted"') == SHOWN
    assert "2 of 140 labels are in doubt" in page
    assert page.index("row 1007<") < page.index("row 1014<")
    assert "data:image/png;base64," in page
    assert "140 faces &lt;b&gt;" in page
    assert "Synthetic sample faces" in page
    assert not any(other in page for other in ("http:", "https:", "<script", "src=", "@import"))


def test_the_sheet_of_few_or_undoubted_faces_is_whole(faces):
    training = faces(14)
    said = np.eye(7, dtype=np.float32)[training.emotion] * 0.9 + 0.1 / 7
    page = sheet(ranking(training, said), training, ORIGIN)
    assert page.count('class="face doubted"') == 14
    assert "0 of 14 labels are in doubt" in page
    assert all(emotion in page for emotion in EMOTIONS)


def test_without_cleanlab_the_command_to_install_it_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"cleanlab, which is not installed\. Run `pip install -c constraints\.txt "):
        require_cleanlab()
    monkeypatch.undo()
    assert importlib.util.find_spec("cleanlab") is not None
    require_cleanlab()
