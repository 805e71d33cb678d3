from typing import get_args

import numpy as np
import pytest

from fer_pipeline.balancing.strategies import STRATEGIES, balanced, loss_shares, oversampling
from fer_pipeline.data.faces import Faces, emotion_counts
from fer_pipeline.params import BalanceParams

from .conftest import UNBALANCED

OPTIONS = {"effective_number": {"beta": 0.999}}


def balance(training: Faces, strategy: str) -> Faces:
    return balanced(training, BalanceParams(strategy=strategy, seed=5, **OPTIONS.get(strategy, {}))).faces


def test_params_know_every_strategy_of_the_table():
    assert get_args(BalanceParams.model_fields["strategy"].annotation) == tuple(STRATEGIES)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_face_has_a_row_and_the_label_of_training(training, strategy):
    faces = balance(training, strategy)
    assert set(training.row) == set(faces.row)
    np.testing.assert_array_equal(faces.emotion, training.emotion[faces.row - 50])
    assert (faces.weight > 0).all()
    assert faces.weight.dtype == np.float32


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_face_but_augmented_ones_has_the_pixels_of_its_row(training, strategy):
    faces = balance(training, strategy)
    untouched = slice(0, len(training)) if strategy == "augmentation" else slice(None)
    np.testing.assert_array_equal(faces.pixels[untouched], training.pixels[faces.row - 50][untouched])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_training_itself_is_left_as_it_was(training, faces, strategy):
    balance(training, strategy)
    np.testing.assert_array_equal(training.emotion, UNBALANCED)
    np.testing.assert_array_equal(training.weight, 1)
    np.testing.assert_array_equal(training.pixels, faces(emotion=UNBALANCED).pixels)
    assert not training.balanced_batches


@pytest.mark.parametrize("strategy", ["class_weights", "oversampling", "augmentation", "balanced_batches"])
def test_every_emotion_has_the_same_share_of_the_loss_afterwards(training, strategy):
    np.testing.assert_allclose(loss_shares(balance(training, strategy)), np.full(7, 1 / 7), rtol=1e-6)


def test_effective_numbers_bring_shares_nearer_together(training):
    before, after = loss_shares(training), loss_shares(balance(training, "effective_number"))
    np.testing.assert_allclose(before, emotion_counts(training) / 33)
    assert after.sum() == pytest.approx(1)
    assert np.ptp(after) < 0.01 < np.ptp(before)


def test_an_absent_emotion_has_no_share(faces):
    few = faces(emotion=[0, 0, 0, 4])
    assert loss_shares(few).tolist() == [0.75, 0, 0, 0, 0.25, 0, 0]
    assert loss_shares(balance(few, "balanced_batches")).tolist() == [0.5, 0, 0, 0, 0.5, 0, 0]


def test_none_changes_nothing(training):
    assert balance(training, "none") is training


def test_balanced_batches_are_marked_and_nothing_else(training):
    marked = balance(training, "balanced_batches")
    assert marked.balanced_batches
    assert marked.pixels is training.pixels
    assert marked.take(np.array([3])).balanced_batches


def test_oversampling_repeats_up_to_the_most_frequent_emotion(training):
    repeated = oversampling(training, 5)
    assert emotion_counts(repeated).tolist() == [9] * 7
    assert (np.diff(repeated.row) >= 0).all()


def test_oversampling_is_seeded(training):
    one, same, other = (oversampling(training, seed).row.tolist() for seed in (5, 5, 6))
    assert one == same != other


def test_oversampling_leaves_an_absent_emotion_absent(faces):
    assert emotion_counts(oversampling(faces(emotion=[0, 0, 0, 4]), 5)).tolist() == [3, 0, 0, 0, 3, 0, 0]
