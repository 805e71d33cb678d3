from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.census.findings import find, findings_of
from fer_pipeline.census.near_copies import near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import describe
from fer_pipeline.labels import Usage
from tests.census.pictures import noisy, text_card

TRAINING, PUBLIC_TEST, PRIVATE_TEST = Usage
EARLIER = {PRIVATE_TEST: (TRAINING, PUBLIC_TEST), PUBLIC_TEST: (TRAINING,)}


@pytest.fixture
def parts(faces) -> dict[Usage, Faces]:
    """Seven distinct faces a usage, one an emotion."""
    return {usage: faces(7, seed=seed, first_row=7 * seed) for seed, usage in enumerate(Usage)}


def findings(parts: dict[Usage, Faces]) -> dict[Usage, pd.DataFrame]:
    return find({usage: describe(part, usage) for usage, part in parts.items()}, near_pairs(parts, threshold=0.95),
                {usage: find_non_faces(part) for usage, part in parts.items()}, near_constant_std=10)


def flagged(frame: pd.DataFrame) -> dict[str, list[int]]:
    """Positions with each finding, findings without any left out."""
    return {name: np.flatnonzero(frame[name]).tolist() for name in frame.columns[1:] if frame[name].any()}


def test_distinct_faces_have_no_findings(parts):
    found = findings(parts)
    for usage in Usage:
        assert flagged(found[usage]) == {}
        assert list(found[usage].columns) == ["row", *findings_of(found[usage])]
        assert found[usage]["row"].tolist() == parts[usage].row.tolist()


def make_constant(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[2] = 200


def make_near_constant(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[2] = 200
    parts[TRAINING].pixels[2, 0] = 190


def make_card(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[2] = text_card()


def near_copy_inside(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[4] = noisy(parts[TRAINING].pixels[1])


def copy_inside(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[4] = parts[TRAINING].pixels[1]
    parts[TRAINING].emotion[4] = parts[TRAINING].emotion[1]


def copy_under_another_label(parts: dict[Usage, Faces]) -> None:
    parts[TRAINING].pixels[4] = parts[TRAINING].pixels[1]


@pytest.mark.parametrize(("change", "expected"), [
    (make_constant, {"constant": [2]}),
    (make_near_constant, {"near_constant": [2], "non_face": [2]}),
    (make_card, {"non_face": [2]}),
    (near_copy_inside, {"near_copy_inside": [4]}),
    (copy_inside, {"copy_inside": [4]}),
    (copy_under_another_label, {"copy_inside": [4], "conflicting_label": [1, 4]}),
])
def test_what_is_odd_inside_training_is_found_there_alone(parts, change, expected):
    change(parts)
    found = findings(parts)
    assert flagged(found[TRAINING]) == expected
    assert flagged(found[PUBLIC_TEST]) == flagged(found[PRIVATE_TEST]) == {}


def test_rows_that_taggers_call_no_face_are_found_where_they_were_asked(parts):
    manifests = {usage: describe(part, usage) for usage, part in parts.items()}
    found = find(manifests, near_pairs(parts, threshold=0.95), {usage: find_non_faces(parts[usage]) for usage in Usage},
                 near_constant_std=10, not_a_face={TRAINING: [3], PUBLIC_TEST: [], PRIVATE_TEST: [15]})
    assert [flagged(found[usage]) for usage in Usage] == [{"not_a_face": [3]}, {}, {"not_a_face": [1]}]


@pytest.mark.parametrize(("later", "earlier"), [(later, earlier) for later in EARLIER for earlier in EARLIER[later]])
def test_a_copy_across_usages_is_found_in_the_later_one(parts, later, earlier):
    parts[later].pixels[3] = parts[earlier].pixels[3]
    found = findings(parts)
    name = {TRAINING: "copy_of_training", PUBLIC_TEST: "copy_of_public_test"}[earlier]
    assert {usage: flagged(found[usage]) for usage in Usage if flagged(found[usage])} == {later: {name: [3]}}


@pytest.mark.parametrize(("later", "earlier"), [(later, earlier) for later in EARLIER for earlier in EARLIER[later]])
def test_a_near_copy_across_usages_is_found_in_the_later_one(parts, later, earlier):
    parts[later].pixels[3] = noisy(parts[earlier].pixels[3])
    found = findings(parts)
    name = {TRAINING: "near_copy_of_training", PUBLIC_TEST: "near_copy_of_public_test"}[earlier]
    assert {usage: flagged(found[usage]) for usage in Usage if flagged(found[usage])} == {later: {name: [3]}}


@pytest.mark.parametrize(("later", "earlier"), [(later, earlier) for later in EARLIER for earlier in EARLIER[later]])
def test_a_label_that_differs_from_an_earlier_usage_conflicts_in_the_later_one(parts, later, earlier):
    parts[later].pixels[3] = parts[earlier].pixels[0]
    found = findings(parts)
    assert "conflicting_label" in flagged(found[later])
    assert flagged(found[earlier]) == {}


def spoil_labels(part: Faces) -> None:
    part.emotion[:] = part.emotion[::-1].copy()


def spoil_faces(part: Faces) -> None:
    part.pixels[:3] = 0


def copy_from_training(parts: dict[Usage, Faces]) -> Callable[[Faces], None]:
    def copy(part: Faces) -> None:
        part.pixels[:] = parts[TRAINING].pixels
        part.emotion[:] = 6 - parts[TRAINING].emotion

    return copy


@pytest.mark.parametrize("change", ["labels", "faces", "copies"])
@pytest.mark.parametrize("usage", [PUBLIC_TEST, PRIVATE_TEST])
def test_a_later_usage_changes_nothing_that_is_known_of_an_earlier_one(parts, usage, change):
    parts[PRIVATE_TEST].pixels[5] = parts[TRAINING].pixels[5]
    before = findings(parts)
    {"labels": spoil_labels, "faces": spoil_faces, "copies": copy_from_training(parts)}[change](parts[usage])
    now = findings(parts)
    assert not now[usage].equals(before[usage]) or change == "labels"
    for earlier in EARLIER[usage]:
        pd.testing.assert_frame_equal(now[earlier], before[earlier])
