import keras
import numpy as np
import pytest

from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.training.targets import targets
from fer_pipeline.training.trainer import faces_an_epoch

ALL = np.arange(21, dtype=np.int32)


def test_positions_become_their_faces_and_targets(trainer, faces):
    made = trainer(label_smoothing=0.1, class_weights=True)
    position = np.array([3, 0, 20, 3], np.int32)
    said = made.call(position, training=False)
    alone = made.network(as_input(faces(21).pixels[position]))
    np.testing.assert_allclose(said["probabilities"], alone, rtol=1e-5)
    np.testing.assert_array_equal(said["targets"], np.asarray(made._targets)[position])
    assert not np.array_equal(said["targets"][1], said["targets"][2])


def test_faces_are_changed_and_mixed_in_training(trainer):
    plain, changing = trainer(), trainer(augmentation={"rotation_degrees": 30, "mixup": 1.0})
    assert not np.allclose(plain.call(ALL)["probabilities"], changing.call(ALL)["probabilities"], atol=1e-4)
    assert np.asarray(plain.call(ALL)["targets"]).max(axis=1).min() == 1
    assert np.asarray(changing.call(ALL)["targets"]).max(axis=1).min() < 0.9


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


def test_the_loss_is_mean_cross_entropy_and_what_layers_add(trainer, faces):
    made = trainer()
    said = made.call(ALL, training=False)
    probabilities = np.asarray(said["probabilities"])
    expected = -np.log(probabilities[ALL, faces(21).emotion]).mean()
    assert float(made.compute_loss(ALL, None, said, None)) == pytest.approx(expected, rel=1e-5)
    kernel = made.network.layers[-1].kernel
    made.network.layers[-1].kernel_regularizer = keras.regularizers.L2(0.5)
    kernel.regularizer = keras.regularizers.L2(0.5)
    added = 0.5 * (np.asarray(kernel) ** 2).sum()
    assert float(made.compute_loss(ALL, None, said, None)) == pytest.approx(expected + added, rel=1e-5)


def test_a_face_of_weight_two_counts_as_two_in_the_loss(trainer, faces):
    few = faces(3)
    twice = few.take(np.array([0, 1, 2, 2]))
    weighted = Faces(few.pixels, few.emotion, few.row, np.array([1, 1, 2], np.float32))
    losses = []
    for training in (twice, weighted):
        made = trainer(training=training)
        said = made.call(np.arange(len(training), dtype=np.int32), training=False)
        losses.append(len(training) * float(made.compute_loss(None, None, said, None)))
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
