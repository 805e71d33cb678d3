import numpy as np
import pytest

from fer_pipeline.training.order import balanced, shuffled

EMOTION = np.repeat(np.arange(7), [40, 3, 41, 72, 48, 32, 49])     # 285 faces, FER-2013's imbalance
BATCH = 32


def epoch(number: int, *, seed: int = 11, shown: int = 285, batch_size: int = BATCH) -> np.ndarray:
    return balanced(EMOTION, shown, batch_size, seed, number)


def batches(order: np.ndarray, batch_size: int = BATCH) -> list[np.ndarray]:
    return [order[start:start + batch_size] for start in range(0, len(order), batch_size)]


def test_the_plain_order_is_the_one_that_committed_figures_come_from():
    assert shuffled(8, 8, 11, 0).tolist() == np.random.default_rng([11, 0]).permutation(8).tolist()
    assert shuffled(8, 11, 11, 2).tolist() == np.resize(np.random.default_rng([11, 2]).permutation(8), 11).tolist()


@pytest.mark.parametrize("batch_size", [1, 5, 7, 32, 300])
@pytest.mark.parametrize("number", [0, 5])
def test_every_batch_holds_equally_many_of_each_emotion_but_for_one(batch_size, number):
    for batch in batches(epoch(number, batch_size=batch_size), batch_size):
        assert np.ptp(np.bincount(EMOTION[batch], minlength=7)) <= 1


def test_an_epoch_shows_as_many_faces_as_ever():
    order = epoch(0)
    assert order.shape == (285,)
    assert order.dtype == np.int32
    assert np.bincount(EMOTION[order]).tolist() == [41, 41, 41, 41, 41, 40, 40]


def test_epochs_and_seeds_differ_and_each_can_be_drawn_again():
    assert len({tuple(order) for order in (epoch(0), epoch(1), epoch(0, seed=12))}) == 3
    np.testing.assert_array_equal(epoch(7), epoch(7))


def test_faces_of_an_emotion_are_shown_equally_often_over_the_epochs_but_for_one():
    times = np.bincount(np.concatenate([epoch(number) for number in range(5)]), minlength=285)
    for emotion in range(7):
        assert np.ptp(times[emotion == EMOTION]) <= 1
    assert times[EMOTION == 3].min() >= 2
    assert times[EMOTION == 1].min() == 68      # three disgust faces in 205 places


def test_faces_of_a_batch_are_in_no_order_of_emotions():
    cycles = [np.array_equal(EMOTION[batch][:7], EMOTION[batch][7:14]) for batch in batches(epoch(0))]
    assert not any(cycles)


def test_emotions_that_no_face_has_are_left_out():
    emotion = np.array([4, 0, 4, 4, 4, 4])
    order = balanced(emotion, 6, 4, 11, 0)
    assert [sorted(emotion[batch]) for batch in batches(order, 4)] == [[0, 0, 4, 4], [0, 4]]
    assert set(order[emotion[order] == 0]) == {1}


def test_fewer_places_than_emotions_are_filled():
    assert sorted(EMOTION[epoch(0, shown=3, batch_size=3)]) == [0, 1, 2]
