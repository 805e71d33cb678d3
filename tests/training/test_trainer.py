from dataclasses import replace

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.training.targets import targets
from fer_pipeline.training.trainer import Trainer, faces_an_epoch

ALL = np.arange(21, dtype=np.int32)


def loss_of(made: Trainer, position: np.ndarray, training: bool = False) -> float:
    return float(made.compute_loss(None, None, made.call(position, training=training), None))


def cross_entropy(network: keras.Model, faces: Faces, wanted: np.ndarray) -> float:
    said = np.asarray(network(as_input(faces.pixels)), np.float64)
    return float(-(wanted * np.log(said)).sum(axis=1).mean())


def test_positions_become_their_faces_and_targets(trainer, faces, recipe):
    changes = {"label_smoothing": 0.1, "class_weights": True}
    training, position = faces(emotion=[0] * 8 + list(range(7))), np.array([3, 0, 14, 3], np.int32)
    made, wanted = trainer(training=training, **changes), targets(training, recipe(**changes))
    np.testing.assert_allclose(made.call(position)["targets"], wanted[position], rtol=1e-6)
    expected = cross_entropy(made.network, training.take(position), wanted[position])
    assert loss_of(made, position) == pytest.approx(expected, rel=1e-5)


def test_faces_are_changed_and_mixed_in_training(trainer):
    plain = trainer()
    turned, mixed = (trainer(augmentation=change) for change in ({"rotation_degrees": 90}, {"mixup": 1.0}))
    assert abs(loss_of(plain, ALL) - loss_of(turned, ALL)) > 1e-4
    assert np.asarray(plain.call(ALL)["targets"]).max(axis=1).min() == 1
    assert np.asarray(mixed.call(ALL)["targets"]).max(axis=1).min() < 0.9


def test_every_epoch_shows_each_face_once_in_an_order_of_its_own(trainer):
    made = trainer()
    first, second, other = made.order(11, 0), made.order(11, 1), made.order(12, 0)
    for order in (first, second, other):
        np.testing.assert_array_equal(np.sort(order), ALL)
        assert order.dtype == np.int32
    assert len({tuple(order) for order in (first, second, other, ALL)}) == 4
    np.testing.assert_array_equal(made.order(11, 0), first)


def test_fewer_steps_show_fewer_faces_and_others_in_the_next_epoch(trainer, faces, recipe):
    made = trainer(steps_per_epoch=2, batch_size=4)
    assert faces_an_epoch(faces(21), recipe(steps_per_epoch=2, batch_size=4)) == 8
    assert [len(set(made.order(11, epoch))) for epoch in range(2)] == [8, 8]
    assert set(made.order(11, 0)) != set(made.order(11, 1))


@pytest.mark.parametrize(("steps_per_epoch", "shown", "steps"), [(None, 21, 3), (2, 16, 2), (3, 21, 3), (100, 21, 3)])
def test_more_steps_than_there_are_faces_for_are_not_made(trainer, steps_per_epoch, shown, steps):
    made = trainer(steps_per_epoch=steps_per_epoch)
    assert (made.shown, len(made.order(11, 0)), made.steps) == (shown, shown, steps)


@pytest.mark.parametrize("passes", [1, 2])
def test_marked_faces_are_shown_in_balanced_batches_however_many_passes_a_batch_takes(trainer, faces, passes):
    training = replace(faces(emotion=[3] * 14 + [0] * 5 + [1, 6]), balanced_batches=True)
    made = trainer(training=training, passes=passes, batch_size=8)
    order = made.order(11, 0)
    assert len(order) == made.shown == (21 if passes == 1 else 24)
    for start in range(0, len(order), 8):
        assert np.ptp(np.bincount(training.emotion[order[start:start + 8]], minlength=7)[[0, 1, 3, 6]]) <= 1


def test_halving_a_batch_leaves_its_faces(trainer, faces):
    training = replace(faces(emotion=[3] * 19 + [0, 1, 1, 5, 5]), balanced_batches=True)
    whole, halved = (trainer(training=training, passes=passes).order(11, 4) for passes in (1, 2))
    np.testing.assert_array_equal(whole, halved)


def test_the_loss_is_mean_cross_entropy_and_what_layers_add(trainer, faces):
    made = trainer()
    plain = cross_entropy(made.network, faces(21), np.eye(7)[faces(21).emotion])
    assert loss_of(made, ALL) == pytest.approx(plain, rel=1e-5)
    kernel = made.network.layers[-1].kernel
    kernel.regularizer = keras.regularizers.L2(0.5)
    assert loss_of(made, ALL) == pytest.approx(plain + 0.5 * (np.asarray(kernel) ** 2).sum(), rel=1e-5)


def test_a_face_of_weight_two_counts_as_two_in_the_loss(trainer, faces):
    few = faces(3)
    twice = few.take(np.array([0, 1, 2, 2]))
    weighted = Faces(few.pixels, few.emotion, few.row, np.array([1, 1, 2], np.float32))
    losses = [len(training) * loss_of(trainer(training=training), np.arange(len(training), dtype=np.int32))
              for training in (twice, weighted)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_state_is_neither_faces_nor_sums_of_gradients(trainer):
    whole, split = trainer(architecture="three_block_cnn"), trainer(architecture="three_block_cnn", passes=2)
    assert [one.shape for one in split.state] == [one.shape for one in whole.state]
    assert not any(len(one.shape) and one.shape[0] == 21 for one in whole.state)
    assert len(split.optimizer.variables) > len(whole.optimizer.variables)


def test_targets_are_exact_in_mixed_precision_too(trainer, faces, recipe):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        made = trainer(label_smoothing=0.1, weight_average=0.5)
        said = made(ALL)
    finally:
        keras.config.set_dtype_policy("float32")
    assert made.network.layers[-2].compute_dtype == "bfloat16"
    assert {one.dtype for one in made.network.trainable_variables} == {"float32"}
    np.testing.assert_array_equal(said["targets"], targets(faces(21), recipe(label_smoothing=0.1)))
    np.testing.assert_allclose(made.average.arrays()[0], made.network.get_weights()[0], rtol=1e-6)


@pytest.mark.parametrize("architecture", ["lenet5", "mini_xception"])
def test_a_probability_that_rounds_to_nothing_still_has_a_gradient(architecture, faces, recipe):
    network = architectures.build(architecture, input_shape=(48, 48, 1), classes=7)
    kernel = network.trainable_weights[-2]
    kernel.assign(1e6 * kernel)
    made = Trainer(network, faces(21), recipe(), 11)
    said = made.call(ALL, training=False)
    assert float(made.compute_loss(None, None, said, None)) > 50       # -log(1e-7) is 16
