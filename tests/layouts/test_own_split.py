from collections import Counter

import numpy as np
import pytest

from fer_pipeline.layouts.class_folders import HELD_OUT, UNDECIDED
from fer_pipeline.layouts.own_split import decide

EMOTION = np.repeat(np.arange(7, dtype=np.uint8), 100)
CONTENT = np.array([f"face {number}" for number in range(700)], object)


def told(*usages: str) -> np.ndarray:
    return np.array([usages[number % len(usages)] for number in range(700)], object)


def test_told_usages_stay():
    usage = told("Training", "PublicTest", "PrivateTest")
    assert (decide(usage, EMOTION, CONTENT, seed=1) == usage).all()


@pytest.mark.parametrize(("kind", "expected"), [
    (UNDECIDED, {"Training": 80, "PublicTest": 10, "PrivateTest": 10}),
    (HELD_OUT, {"PublicTest": 50, "PrivateTest": 50}),
])
def test_every_emotion_has_the_same_shares(kind, expected):
    usage = decide(told(kind), EMOTION, CONTENT, seed=1)
    assert [Counter(usage[emotion == EMOTION]) for emotion in range(7)] == [expected] * 7


def test_only_the_held_out_part_is_split():
    before = told("Training", HELD_OUT)
    after = decide(before, EMOTION, CONTENT, seed=1)
    assert (after[before == "Training"] == "Training").all()
    assert Counter(after[before == HELD_OUT]) == {"PublicTest": 175, "PrivateTest": 175}


def test_copies_stay_together_even_under_different_emotions():
    content = CONTENT.copy()
    content[::5] = [f"group {number // 30}" for number in range(0, 700, 5)]
    usage = decide(told(UNDECIDED), EMOTION, content, seed=1)
    for one in set(content):
        assert len(set(usage[content == one])) == 1


def test_a_split_follows_its_seed():
    splits = [decide(told(UNDECIDED), EMOTION, CONTENT, seed).tolist() for seed in (1, 1, 2)]
    assert splits[0] == splits[1]
    assert splits[0] != splits[2]
