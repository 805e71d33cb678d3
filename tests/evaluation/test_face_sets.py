import numpy as np
import pandas as pd

from fer_pipeline.evaluation.face_sets import face_sets
from fer_pipeline.evaluation.predictions import Predictions


def test_each_set_has_its_faces_in_order():
    said = np.full((5, 7), 1 / 7, np.float32)
    public_test = Predictions(np.array([10, 11]), np.array([0, 1], np.uint8), said[:2], "abc")
    private_test = Predictions(np.array([20, 21, 22]), np.array([2, 3, 4], np.uint8), said[2:], "abc")
    verdicts = pd.DataFrame({"copy_of_training": [True, False, False], "copy_of_public_test": [False, True, False]})
    sets = face_sets(public_test, private_test, verdicts)
    assert {name: one.row.tolist() for name, one in sets.items()} == {
        "PublicTest": [10, 11], "PrivateTest": [20, 21, 22], "PrivateTest_without_copies": [22],
        "PublicTest_and_PrivateTest": [10, 11, 20, 21, 22]}
    assert sets["PublicTest_and_PrivateTest"].emotion_true.tolist() == [0, 1, 2, 3, 4]
    assert {one.model_sha256 for one in sets.values()} == {"abc"}
