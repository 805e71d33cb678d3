import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from fer_pipeline.evaluation.metrics import figures, macro_f1, wilson_interval


@pytest.fixture
def emotions() -> tuple[np.ndarray, np.ndarray]:
    """True and predicted emotions of 200 faces, about half of them right."""
    random = np.random.default_rng(1)
    true = random.integers(0, 7, 200).astype(np.uint8)
    return true, np.where(random.random(200) < 0.5, true, random.integers(0, 7, 200)).astype(np.uint8)


def test_figures_are_those_of_scikit_learn(emotions):
    found = figures(*emotions)
    assert found["accuracy"] == round(accuracy_score(*emotions), 6)
    assert found["macro_f1"] == round(f1_score(*emotions, average="macro"), 6)
    assert found["faces"] == 200


def test_accuracy_is_the_trace_of_the_confusion_matrix(emotions):
    assert figures(*emotions)["accuracy"] == round(float(np.trace(confusion_matrix(*emotions)) / 200), 6)


def test_the_order_of_the_faces_does_not_matter(emotions):
    order = np.random.default_rng(2).permutation(200)
    assert figures(*emotions) == figures(*(emotion[order] for emotion in emotions))


def test_absent_emotions_count_in_macro_f1():
    assert macro_f1(np.array([0, 3]), np.array([0, 3])) == pytest.approx(2 / 7)
    assert macro_f1(np.array([0, 0, 3]), np.array([0, 3, 3])) == pytest.approx((2 / 3 + 2 / 3) / 7)


def test_perfect_predictions_of_all_emotions_score_one():
    found = figures(np.arange(7), np.arange(7))
    assert (found["accuracy"], found["macro_f1"], found["accuracy_high"]) == (1, 1, 1)


@pytest.mark.parametrize(("correct", "faces"), [(2420, 3589), (1, 10), (7, 7), (0, 50)])
def test_interval_is_wilsons(correct, faces):
    z, share = 1.959964, correct / faces
    middle = (share + z**2 / (2 * faces)) / (1 + z**2 / faces)
    half = z / (1 + z**2 / faces) * np.sqrt(share * (1 - share) / faces + z**2 / (4 * faces**2))
    assert wilson_interval(correct, faces) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_interval_of_67_percent_of_public_test_is_about_three_points_wide():
    assert wilson_interval(2420, 3589) == pytest.approx((0.65879, 0.68941), abs=2e-5)


@pytest.mark.parametrize(("true", "predicted"), [(3, 2), (0, 0)])
def test_lengths_that_differ_or_are_zero_are_refused(true, predicted):
    with pytest.raises(ValueError, match=f"Received {true} true and {predicted} predicted emotions; expected as many"):
        figures(np.zeros(true, np.uint8), np.zeros(predicted, np.uint8))
