import numpy as np
import pytest

from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.paired_tests import Agreement, newcombe_interval
from fer_pipeline.evaluation.predictions import Predictions, predict
from fer_pipeline.examination.corruptions import STRENGTH_OF, corruptions
from fer_pipeline.examination.robustness import as_table, damaged, robustness
from fer_pipeline.inference import ONE_VIEW
from tests.examination.conftest import SQUARE


@pytest.fixture
def square_faces(faces):
    """Three happy faces with a bright square, three neutral ones with a dark one: all are read rightly."""
    made = faces(emotion=[3, 3, 3, 6, 6, 6])
    made.pixels[:3, SQUARE, SQUARE], made.pixels[3:, SQUARE, SQUARE] = 130, 30
    return made


def test_difference_and_changes_are_those_of_the_same_faces():
    true = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.uint8)
    clean = Predictions(np.arange(8), true, np.eye(7, dtype=np.float32)[[0, 0, 0, 2, 1, 1, 1, 3]], "ab" * 32)
    found = damaged(4.0, clean, np.array([0, 2, 2, 0, 1, 4, 1, 5]))
    assert {key: found[key] for key in ("strength", "difference", "changed", "accuracy", "faces")} == {
        "strength": 4.0, "difference": -0.25, "changed": 0.625, "accuracy": 0.5, "faces": 8}
    low, high = newcombe_interval(Agreement(3, 1, 3, 1))
    assert (found["difference_low"], found["difference_high"]) == (round(low, 6), round(high, 6))


def test_a_network_that_looks_at_one_square_is_put_off_by_what_reaches_it_alone(sees_one_square, square_faces):
    clean = predict(sees_one_square, square_faces, ONE_VIEW, "ab" * 32)
    strengths = {"brightness": [-40.0, 2.0], "jpeg": [], "occluded_eyes": [6.0], "occluded_mouth": [8.0]}
    found = robustness(sees_one_square, square_faces.pixels, clean, ONE_VIEW, corruptions(1), strengths)
    assert found["model_sha256"] == "ab" * 32
    assert found["clean"] == figures(square_faces.emotion, square_faces.emotion)
    assert list(found["corruptions"]) == ["brightness", "occluded_eyes", "occluded_mouth"]
    darker, brighter = found["corruptions"]["brightness"]["strengths"]
    assert (darker["accuracy"], darker["difference"], darker["changed"]) == (0.5, -0.5, 0.5)
    assert darker["difference_low"] < -0.5 < darker["difference_high"] < 0
    for unharmed in (brighter, *found["corruptions"]["occluded_mouth"]["strengths"]):
        assert (unharmed["accuracy"], unharmed["difference"], unharmed["changed"]) == (1, 0, 0)
    assert found["corruptions"]["occluded_mouth"]["strength_is"] == STRENGTH_OF["occluded_mouth"]


def test_the_table_has_a_row_a_strength_after_the_clean_one(sees_one_square, square_faces):
    clean = predict(sees_one_square, square_faces, ONE_VIEW, "ab" * 32)
    found = robustness(sees_one_square, square_faces.pixels, clean, ONE_VIEW, corruptions(1),
                       {"brightness": [-40.0, 2.0], "gaussian_blur": [0.5]})
    assert as_table(found).to_csv(index=False).splitlines() == [
        "variant,corruption,strength,accuracy", "clean,none,0.0,1.0", "brightness -40,brightness,-40.0,0.5",
        "brightness 2,brightness,2.0,1.0", "gaussian_blur 0.5,gaussian_blur,0.5,1.0"]
