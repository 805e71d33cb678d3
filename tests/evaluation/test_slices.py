import json

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.census.findings import MEANINGS
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import wilson_interval
from fer_pipeline.evaluation.slices import (
    COPIES,
    FEW,
    Slice,
    accuracy_by_group,
    by_agreement,
    by_confidence,
    by_copies,
    by_quarter,
    sharpness,
)
from fer_pipeline.ferplus.votes import VOTES


def votes(*rows: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([dict.fromkeys(VOTES, 0) | row for row in rows])


def test_accuracy_of_each_group_is_that_counted_by_hand_and_groups_may_be_empty():
    cut = Slice(["dark", "grey", "bright"], np.repeat([0, 2], [30, 10]))
    right = np.repeat([True, False, True], [24, 6, 10])
    low, high = wilson_interval(24, 30)
    assert accuracy_by_group(right, cut) == [
        {"group": "dark", "faces": 30, "accuracy": 0.8, "accuracy_low": round(low, 6), "accuracy_high": round(high, 6),
         "too_few": False},
        {"group": "grey", "faces": 0, "accuracy": None, "accuracy_low": None, "accuracy_high": None, "too_few": True},
        {"group": "bright", "faces": 10, "accuracy": 1, "accuracy_low": round(wilson_interval(10, 10)[0], 6),
         "accuracy_high": 1, "too_few": True}]


@pytest.mark.parametrize(("faces", "too_few"), [(FEW - 1, True), (FEW, False)])
def test_groups_below_twenty_faces_are_marked(faces, too_few):
    assert accuracy_by_group(np.ones(faces, bool), Slice(["all"], np.zeros(faces, int)))[0]["too_few"] is too_few


@pytest.mark.parametrize("seed", range(4))
def test_the_groups_of_any_slice_give_back_all_faces_and_the_accuracy(network, seed):
    true, probabilities = network(200, seed=seed)
    random, right = np.random.default_rng(seed), probabilities.argmax(axis=1) == true
    findings = pd.DataFrame({name: random.random(200) < 0.1 for name in COPIES})
    answers = pd.DataFrame(random.multinomial(10, [0.1] * 10, 200), columns=list(VOTES))
    for cut in (by_confidence(probabilities), by_quarter(random.normal(0, 1, 200)), by_copies(findings),
                by_agreement(answers)):
        found = accuracy_by_group(right, cut)
        assert sum(one["faces"] for one in found) == 200
        assert sum(one["faces"] * (one["accuracy"] or 0) for one in found) == pytest.approx(right.sum(), abs=1e-3)
        order = random.permutation(200)
        assert accuracy_by_group(right[order], Slice(cut.groups, cut.group[order])) == found
        json.dumps(found, allow_nan=False)


def test_quarters_hold_a_quarter_each_and_say_up_to_which_value():
    cut = by_quarter(np.arange(1, 101))
    assert np.bincount(cut.group).tolist() == [25, 25, 25, 25]
    assert cut.group[[0, 24, 25, 99]].tolist() == [0, 0, 1, 3]
    assert cut.groups == ["lowest quarter, up to 25.75", "up to 50.5", "up to 75.25", "highest quarter, above 75.25"]


def test_quarters_can_be_those_of_other_faces():
    assert by_quarter(np.array([1, 60, 99]), like=np.arange(1, 101)).group.tolist() == [0, 2, 3]


def test_equal_values_share_a_quarter():
    assert set(by_quarter(np.ones(50)).group) == {0}


def test_sharpness_is_opencvs_laplacian_variance(faces):
    pixels = faces(20).pixels
    expected = [cv2.Laplacian(face, cv2.CV_64F, borderType=cv2.BORDER_REFLECT_101).var() for face in pixels]
    np.testing.assert_allclose(sharpness(pixels), expected, rtol=1e-4)


def test_sharpness_falls_with_blur_and_is_0_for_one_grey(faces):
    pixels = faces(5).pixels
    blurred = np.stack([cv2.GaussianBlur(face, (5, 5), 2) for face in pixels])
    assert (sharpness(blurred) < sharpness(pixels)).all()
    assert sharpness(np.full((2, 48, 48), 90, np.uint8)).tolist() == [0, 0]


def test_sharpness_of_more_faces_than_a_step_is_that_of_each_alone(faces):
    pixels = faces(600).pixels
    assert sharpness(pixels).shape == (600,)
    assert sharpness(pixels)[550] == sharpness(pixels[550:551])[0]
    assert sharpness(pixels[:0]).shape == (0,)


def test_confidence_is_the_probability_of_the_predicted_emotion():
    probabilities = np.full((4, 7), 0.01)
    probabilities[range(4), [0, 3, 6, 6]] = [0.3, 0.4, 0.7, 0.99]
    cut = by_confidence(probabilities)
    assert cut.groups == ["up to 40%", "above 40% up to 60%", "above 60% up to 80%", "above 80%"]
    assert cut.group.tolist() == [0, 0, 2, 3]


def test_agreement_is_the_highest_share_of_votes_for_any_answer():
    cut = by_agreement(votes({"happiness": 10}, {"NF": 9, "fear": 1}, {"sadness": 7, "unknown": 3},
                             {"anger": 5, "fear": 5}, {"neutral": 5, "sadness": 2}, {}))
    assert [cut.groups[group] for group in cut.group] == [
        "above 90%", "above 70% up to 90%", "above 50% up to 70%", "up to 50%", "above 70% up to 90%", "no votes"]


def test_a_face_that_is_several_copies_counts_as_the_first():
    findings = pd.DataFrame({
        "row": range(4), "copy_inside": [True, True, False, False], "copy_of_training": [True, False, False, False],
        "near_copy_of_training": [False, False, True, False], "constant": [False, False, False, True]})
    cut = by_copies(findings)
    assert [cut.groups[group] for group in cut.group] == [
        MEANINGS["copy_of_training"], MEANINGS["copy_inside"], MEANINGS["near_copy_of_training"],
        "no copy and no near-copy"]


def test_copies_are_all_that_the_census_knows_of():
    assert set(COPIES) == {name for name in MEANINGS if "copy" in name}


def test_findings_without_copies_are_one_group():
    cut = by_copies(pd.DataFrame({"row": [1, 2], "constant": [True, False]}))
    assert (cut.groups, cut.group.tolist()) == (["no copy and no near-copy"], [0, 0])


def test_groups_of_other_faces_are_refused():
    with pytest.raises(InputError, match=r"Received \(3,\) right or wrong faces and groups of \(2,\)"):
        accuracy_by_group(np.ones(3, bool), Slice(["all"], np.zeros(2, int)))
