import keras
import numpy as np
import pytest

from fer_pipeline.training.averaging import WeightAverage

from .conftest import assert_same

NO_FACES = np.zeros((1, 48, 48, 1), np.float32)


def random_weights(network: keras.Model, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(size=weight.shape).astype(np.float32) for weight in network.weights]


def test_the_average_follows_its_formula_statistics_of_normalisations_included(tiny):
    network = tiny("three_block_cnn")
    expected = network.get_weights()
    average = WeightAverage(network, 0.5)
    for step in range(1, 15):
        network.set_weights(random_weights(network, step))
        average(NO_FACES)
        decay = min(0.5, (1 + step) / (10 + step))      # from step 8 on it is 0.5
        expected = [decay * old + (1 - decay) * new for old, new in zip(expected, network.get_weights(), strict=True)]
    assert any("moving_variance" in weight.path for weight in network.weights)
    for value, wanted in zip(average.arrays(), expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)


def test_it_begins_with_the_weights_as_they_are_and_lets_faces_pass(tiny, faces):
    network = tiny()
    average = WeightAverage(network, 0.9)
    assert_same(average.arrays(), network.get_weights())
    pixels = faces(2).pixels.astype(np.float32)
    np.testing.assert_array_equal(average(pixels), pixels)


def test_arrays_are_copies_that_later_steps_leave_alone(tiny):
    network = tiny()
    average = WeightAverage(network, 0.9)
    before = average.arrays()
    network.set_weights(random_weights(network, 1))
    average(NO_FACES)
    assert not np.array_equal(average.arrays()[0], before[0])
    assert_same(before, tiny().get_weights())


def test_the_networks_weights_do_not_count_as_the_averages_own(tiny):
    network = tiny("three_block_cnn")
    average = WeightAverage(network, 0.9)
    assert len(average.variables) == len(network.weights) + 1       # and the step
    assert average.trainable_variables == []
    assert not {id(one) for one in average.variables} & {id(one) for one in network.variables}


@pytest.mark.parametrize("weight_average", [None, 0.9])
def test_a_trainer_trains_each_weight_of_its_network_once(trainer, weight_average):
    made = trainer(architecture="three_block_cnn", weight_average=weight_average)
    assert [id(one) for one in made.trainable_variables] == [id(one) for one in made.network.trainable_variables]
    assert len({id(one) for one in made.variables}) == len(made.variables)
    assert len({id(one) for one in made.state}) == len(made.state)
    assert len(made.optimizer.variables) == 2 + 2 * len(made.network.trainable_variables)   # of Adam
