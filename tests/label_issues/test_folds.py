"""Folds: stratified, by seed, copies together."""

import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.label_issues.folds import fold_of_each
from fer_pipeline.labels import EMOTIONS

EMOTION = (np.arange(700) % 7).astype(np.uint8)
CONTENT = np.array([f"picture {index}" for index in range(700)], object)


def test_every_fold_holds_out_as_many_of_each_emotion():
    fold = fold_of_each(EMOTION, CONTENT, folds=5, seed=1)
    for number in range(5):
        assert np.bincount(EMOTION[fold == number], minlength=7).tolist() == [20] * 7


def test_copies_are_held_out_together_also_under_another_label():
    content = CONTENT.copy()
    content[350:] = content[:350]       # the copies of most have another emotion
    emotion = np.concatenate([EMOTION[:350], (EMOTION[350:] + 1) % 7])
    fold = fold_of_each(emotion, content, folds=4, seed=1)
    assert (fold[:350] == fold[350:]).all()
    for number in range(4):
        assert np.abs(np.bincount(emotion[fold == number], minlength=7) - 25).max() <= 5


def test_the_seed_decides():
    first, again, other = (fold_of_each(EMOTION, CONTENT, folds=5, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("folds", [0, 1, 4])
def test_impossible_folds_name_the_rarest_emotion(folds):
    emotion = np.append(EMOTION[EMOTION != 1], np.array([1] * 5, np.uint8))
    content = np.append(CONTENT[EMOTION != 1], np.array(["a", "a", "b", "c", "c"], object))
    with pytest.raises(InputError, match=rf"{folds} folds are not possible\. Allowed are 2 to 3, as Training has 3 "
                                         rf"different pictures of {EMOTIONS[1]}"):
        fold_of_each(emotion, content, folds=folds, seed=1)
