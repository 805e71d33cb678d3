import json

import pytest

from fer_pipeline.census.counts import census
from fer_pipeline.census.near_copies import near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import describe
from fer_pipeline.labels import Usage
from tests.census.pictures import black, noisy, text_card

TRAINING, PUBLIC_TEST, PRIVATE_TEST = Usage


@pytest.fixture
def parts(faces) -> dict[Usage, Faces]:
    """Ten random faces a usage, with faults planted."""
    made = {usage: faces(10, seed=seed, first_row=10 * seed) for seed, usage in enumerate(Usage)}
    training, public_test, private_test = made.values()
    training.pixels[8] = training.pixels[1]         # emotion 1 twice
    private_test.pixels[0] = training.pixels[1]     # emotion 0: a conflict
    private_test.pixels[2] = public_test.pixels[2]
    public_test.pixels[3] = noisy(training.pixels[5])
    training.pixels[9], public_test.pixels[9] = black(), text_card()
    private_test.pixels[9] = 100
    private_test.pixels[9, 0] = 103
    return made


def counted(parts: dict[Usage, Faces]) -> dict[str, object]:
    ordered = {usage: parts[usage] for usage in Usage if usage in parts}
    return census({usage: describe(part, usage) for usage, part in parts.items()},
                  near_pairs(ordered, threshold=0.95),
                  {usage: find_non_faces(part) for usage, part in parts.items()},
                  near_constant_std=10, near_copy_correlation=0.95)


def test_every_planted_fault_is_counted(parts):
    found = counted(parts)
    assert found["exact_copies"] == {
        "groups": 2, "faces": 5, "sizes": {"2": 1, "3": 1}, "surplus": 3,
        "surplus_inside": {"Training": 1, "PublicTest": 0, "PrivateTest": 0},
        "across": {"PublicTest in Training": {"faces": 0, "same_emotion": 0},
                   "PrivateTest in Training": {"faces": 1, "same_emotion": 0},
                   "PrivateTest in PublicTest": {"faces": 1, "same_emotion": 1}},
        "largest": [[1, 8, 20], [12, 22]]}
    assert found["conflicting_labels"] == {"groups": 1, "faces": 3, "rows": [[1, 8, 20]]}
    nothing = dict.fromkeys(map(str, Usage), 0)
    assert found["constant"] == {"black": 1, "faces": 1, "per_usage": nothing | {"Training": 1}, "rows": [9]}
    assert found["near_constant"] == {"faces": 1, "per_usage": nothing | {"PrivateTest": 1}, "rows": [29]}
    assert found["non_faces"]["per_usage"] == dict.fromkeys(map(str, Usage), 1)
    assert [listed["row"] for listed in found["non_faces"]["listed"]] == [9, 19, 29]


def test_near_copies_are_counted_where_no_exact_one_is(parts):
    near = counted(parts)["near_copies"]
    assert {name: part["faces"] for name, part in near.items() if isinstance(part, dict)} == {
        "PublicTest ~ Training": 1, "PrivateTest ~ Training": 0, "PrivateTest ~ PublicTest": 0,
        "Training ~ Training": 0, "PublicTest ~ PublicTest": 0, "PrivateTest ~ PrivateTest": 0}
    twin, = near["PublicTest ~ Training"]["twins"]
    assert (twin["row"], twin["other_row"], twin["mirrored"], twin["same_emotion"]) == (13, 5, False, False)


def test_census_is_plain_json_and_does_not_depend_on_the_order_of_usages(parts):
    found = counted(parts)
    assert json.loads(json.dumps(found)) == found
    assert json.dumps(counted(dict(reversed(parts.items())))) == json.dumps(found)


def test_faces_are_counted_per_emotion(parts):
    assert counted(parts)["faces"]["Training"] == {"rows": 10, "angry": 2, "disgust": 2, "fear": 2, "happy": 1,
                                                   "sad": 1, "surprise": 1, "neutral": 1}


def test_one_usage_alone_has_no_counts_across(parts):
    found = counted({TRAINING: parts[TRAINING]})
    assert found["exact_copies"]["across"] == {}
    assert set(found["near_copies"]) == {"correlation", "pairs", "Training ~ Training"}
