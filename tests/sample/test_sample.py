"""The sample has the layout, the imbalance and exactly the faults it says it has."""

from collections import Counter

import numpy as np
import pytest

from fer_pipeline.census.near_copies import near_only, near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, PIXELS, Usage
from fer_pipeline.sample import Sample, make_sample

FACES = 300
COPIES = ["conflicting_label", "copy_in_training", "copy_of_public_test_in_private_test"]
COPIES += ["copy_of_training_in_private_test", "copy_of_training_in_public_test"]
NEAR_COPIES = {"near_copy_of_training_in_public_test": Usage.PUBLIC_TEST,
               "near_copy_of_training_in_private_test": Usage.PRIVATE_TEST}
BROKEN = ["broken_pixel_count", "broken_pixel_range", "broken_pixel_text", "broken_empty"]
BROKEN += ["broken_emotion", "broken_usage"]
ORIGINAL_USAGE = {"copy_of_public_test_in_private_test": Usage.PUBLIC_TEST}
COPY_USAGE = {
    "copy_of_training_in_public_test": Usage.PUBLIC_TEST,
    "copy_of_training_in_private_test": Usage.PRIVATE_TEST,
    "copy_of_public_test_in_private_test": Usage.PRIVATE_TEST,
}


@pytest.fixture(scope="module")
def large_sample() -> Sample:
    return make_sample(faces=1000, seed=3)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(faces=FACES, seed=1)


def test_one_seed_draws_one_sample(sample: Sample) -> None:
    assert make_sample(faces=FACES, seed=1) == sample


def test_another_seed_draws_other_faces(sample: Sample) -> None:
    other = {pixels for _, pixels, _ in make_sample(faces=140, seed=2).rows}
    assert len(other & {pixels for _, pixels, _ in sample.rows}) == 2  # black and empty


def test_usages_stand_in_file_order_eighty_ten_ten(sample: Sample) -> None:
    usages = [usage if usage != "Test" else Usage.TRAINING for _, _, usage in sample.rows]
    assert usages == [Usage.TRAINING] * 240 + [Usage.PUBLIC_TEST] * 30 + [Usage.PRIVATE_TEST] * 30


def test_unplanned_rows_hold_a_whole_face(sample: Sample) -> None:
    broken = {row for fault in BROKEN for row in sample.planted[fault]}
    for number, (emotion, pixels, _) in enumerate(sample.rows):
        if number not in broken:
            assert int(emotion) < len(EMOTIONS)
            assert len(pixels.split(" ")) == PIXELS
            assert all(0 <= int(level) <= 255 for level in pixels.split(" "))


def test_imbalance_is_that_of_fer2013(large_sample: Sample) -> None:
    counts = Counter(emotion for emotion, _, usage in large_sample.rows if usage == Usage.TRAINING)
    shares = [counts[str(number)] / 800 for number in range(len(EMOTIONS))]
    assert shares == pytest.approx([0.139, 0.015, 0.143, 0.251, 0.168, 0.110, 0.173], abs=0.006)


@pytest.mark.parametrize("faces", [140, 149, 150])
def test_every_usage_has_two_of_each_emotion(faces: int) -> None:
    sample = make_sample(faces=faces, seed=4)
    counts = Counter((usage, emotion) for emotion, _, usage in sample.rows)
    assert len(sample.rows) == faces
    assert min(counts[usage, str(number)] for usage in Usage for number in range(len(EMOTIONS))) >= 2


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(ValueError, match="139 faces is too small. Allowed: 140 or more"):
        make_sample(faces=139, seed=1)


def test_every_fault_is_planted_in_rows_of_its_own(sample: Sample) -> None:
    assert sorted(sample.planted) == sorted([*BROKEN, *COPIES, *NEAR_COPIES, "black", "card"])
    numbers = [number for rows in sample.planted.values() for number in rows]
    assert len(numbers) == len(set(numbers))
    assert all(sample.planted.values())


@pytest.mark.parametrize("fault", COPIES)
def test_copies_repeat_one_earlier_face_of_the_named_usage(sample: Sample, fault: str) -> None:
    for number in sample.planted[fault]:
        emotion, pixels, usage = sample.rows[number]
        (original,) = [row for row, other in enumerate(sample.rows) if other[1] == pixels and row != number]
        assert original < number
        assert usage == COPY_USAGE.get(fault, Usage.TRAINING)
        assert sample.rows[original][2] == ORIGINAL_USAGE.get(fault, Usage.TRAINING)
        assert (sample.rows[original][0] == emotion) == (fault != "conflicting_label")


def test_the_census_finds_the_planted_near_copies_and_cards_and_no_others(large_sample: Sample) -> None:
    broken = {row for fault in BROKEN for row in large_sample.planted[fault]}
    parts = {usage: _faces(large_sample, usage, broken) for usage in Usage}
    pairs = near_pairs(parts, threshold=0.95)
    for fault, usage in NEAR_COPIES.items():
        found = near_only(pairs, usage, Usage.TRAINING)
        assert found["row"].tolist() == large_sample.planted[fault]
        assert found["mirrored"].sum() == len(found) // 2
    non_faces = find_non_faces(parts[Usage.TRAINING])["row"].tolist()
    assert non_faces == sorted(large_sample.planted["black"] + large_sample.planted["card"])


def _faces(sample: Sample, usage: Usage, broken: set[int]) -> Faces:
    rows = [number for number, row in enumerate(sample.rows) if row[2] == usage and number not in broken]
    pixels = np.array([sample.rows[row][1].split() for row in rows], np.uint8).reshape(-1, 48, 48)
    return Faces(pixels, np.array([int(sample.rows[row][0]) for row in rows], np.uint8), np.array(rows, np.int32),
                 np.ones(len(rows), np.float32))


def test_nothing_unplanned_is_repeated(sample: Sample) -> None:
    planted = {number for fault in [*COPIES, "black"] for number in sample.planted[fault]}
    pixels = [row[1] for number, row in enumerate(sample.rows) if number not in planted]
    assert len(pixels) == len(set(pixels))


def test_black_faces_are_black_and_agree_in_their_label(sample: Sample) -> None:
    black = [sample.rows[number] for number in sample.planted["black"]]
    assert len(black) >= 2
    assert len(set(black)) == 1
    assert set(black[0][1].split()) == {"0"}
    assert sum(row[1] == black[0][1] for row in sample.rows) == len(black)


def test_broken_rows_are_broken_as_named_and_spread_over_training(sample: Sample) -> None:
    emotion, pixels, usage = {}, {}, {}
    for fault in BROKEN:
        (number,) = sample.planted[fault]
        emotion[fault], pixels[fault], usage[fault] = sample.rows[number]
    assert len(pixels["broken_pixel_count"].split()) == PIXELS - 1
    assert [level for level in pixels["broken_pixel_range"].split() if int(level) > 255] == ["256"]
    assert [level for level in pixels["broken_pixel_text"].split() if not level.isdigit()] == ["x"]
    assert pixels["broken_empty"] == ""
    assert emotion["broken_emotion"] == "7"
    assert usage["broken_usage"] == "Test"
    stretches = {sample.planted[fault][0] // 40 for fault in BROKEN}
    assert stretches == set(range(6))


def test_faults_grow_with_the_sample(sample: Sample, large_sample: Sample) -> None:
    counts = [{fault: len(rows) for fault, rows in drawn.planted.items()} for drawn in (sample, large_sample)]
    assert [count["copy_in_training"] for count in counts] == [10, 32]
    assert [count["copy_of_training_in_public_test"] for count in counts] == [2, 8]
    assert [count["copy_of_training_in_private_test"] for count in counts] == [2, 8]
    assert [count["copy_of_public_test_in_private_test"] for count in counts] == [1, 1]
    assert [count["near_copy_of_training_in_private_test"] for count in counts] == [1, 2]
    assert [count["black"] for count in counts] == [2, 2]
    assert [count["card"] for count in counts] == [2, 2]
