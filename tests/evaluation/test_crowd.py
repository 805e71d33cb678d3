import numpy as np
import pandas as pd
import pytest

from fer_pipeline.evaluation.crowd import crowd_agreement
from fer_pipeline.ferplus.votes import VOTES


def votes(*faces: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([{name: face.get(name, 0) for name in VOTES} for face in faces], dtype=np.uint8)


TABLE = votes({"happiness": 10}, {"anger": 6, "sadness": 4}, {"fear": 5, "surprise": 5}, {"NF": 10},
              {"neutral": 8, "contempt": 2})
TRUE = np.array([3, 4, 2, 0, 6])                            # happy, sad, fear, angry, neutral


def test_majorities_and_their_votes_are_as_counted_by_hand():
    pred = np.array([3, 0, 5, 0, 4])                        # happy, angry, surprise, angry, sad
    found = crowd_agreement(TRUE, np.eye(7)[pred], TABLE)
    assert found is not None
    assert (found["faces"], found["without_majority"]) == (3, 2)
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["votes"] == pytest.approx((1 + 0.6 + 0) / 3, abs=1e-6)
    assert found["file_accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["accuracy_low"] < found["accuracy"] < found["accuracy_high"]


def test_faces_that_nobody_can_tell_have_no_agreement():
    assert crowd_agreement(TRUE[2:4], np.eye(7)[[0, 0]], TABLE.iloc[2:4]) is None
