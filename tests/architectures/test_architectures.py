"""One table and one set of cases that every architecture passes, new ones included."""

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError

PARAMETERS = {"lenet5": (168_971, 0), "four_conv_cnn": (4_232_199, 0), "three_block_cnn": (5_655_815, 2_944)}
FACE = {"input_shape": (48, 48, 1), "classes": 7}


@pytest.fixture(scope="module", params=architectures.names())
def network(request) -> keras.Model:
    keras.utils.set_random_seed(3)
    return architectures.build(request.param, **FACE)


@pytest.fixture
def inputs(faces) -> np.ndarray:
    """A random, a black and a white face, grey levels 0 to 255."""
    pixels = faces(3).pixels
    pixels[1], pixels[2] = 0, 255
    return as_input(pixels)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_as_many_as_printed(name):
    network = architectures.build(name, **FACE)
    not_trainable = sum(int(np.prod(weight.shape)) for weight in network.non_trainable_weights)
    assert (network.count_params(), not_trainable) == PARAMETERS[name]


def test_a_network_is_named_as_in_params_yaml(network):
    assert network.name in architectures.names()


def test_grey_levels_become_probabilities(network, inputs):
    probabilities = keras.ops.convert_to_numpy(network(inputs))
    assert probabilities.shape == (3, 7)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_raw_grey_levels_are_scaled_inside(network, inputs):
    assert any(isinstance(layer, keras.layers.Rescaling) and layer.scale == pytest.approx(1 / 255)
               for layer in network._flatten_layers())
    assert not np.allclose(network(inputs), network(inputs / 255), atol=1e-5)


def test_a_saved_network_says_the_same(network, inputs, tmp_path):
    network.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(network(inputs), loaded(inputs))


def test_a_step_of_training_changes_the_first_and_last_layer_and_leaves_numbers(network, inputs):
    before = [np.array(weight) for weight in network.trainable_weights]
    trainer = keras.models.clone_model(network)
    trainer.set_weights(network.get_weights())
    trainer.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    loss = trainer.train_on_batch(inputs, np.array([0, 3, 6]))
    after = [np.array(weight) for weight in trainer.trainable_weights]
    assert np.isfinite(loss)
    assert all(np.isfinite(weight).all() for weight in after)
    changed = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    assert changed[0]
    assert changed[-1]


def test_unknown_architecture_names_the_choices():
    with pytest.raises(InputError, match=r"Unknown architecture 'lenet6'. Available: four_conv_cnn, lenet5, "):
        architectures.build("lenet6", **FACE)
    with pytest.raises(InputError, match=r"Unknown architecture 'lenet6'"):
        architectures.require(["lenet5", "lenet6"])


def test_unknown_hyperparameter_names_the_allowed():
    with pytest.raises(InputError, match=r"Unknown hyperparameter depth, width of lenet5. Allowed: size, filters, "):
        architectures.build("lenet5", **FACE, width=3, depth=2)


def test_hyperparameters_are_departures_from_the_defaults():
    small = architectures.build("lenet5", **FACE, units=[8, 8])
    assert small.count_params() < PARAMETERS["lenet5"][0] / 10
