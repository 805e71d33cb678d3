"""One table and one set of cases that every architecture passes, new ones included."""

import inspect
from importlib import import_module

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError

FACE = {"input_shape": (48, 48, 1), "classes": 7, "weights": "none"}

# Parameters, and how many of them are not trainable.
PARAMETERS_OF_SOURCES = {
    "basic_cnn_notebook": (15_450_383, 0),
    "basic_cnn_readme": (2_842_023, 0),
    "five_conv_cnn": (4_496_903, 3_968),
    "four_conv_cnn": (4_232_199, 0),
    "lenet5": (168_971, 0),
    "resnet50v2_full": (24_787_207, 49_536),
    "resnet50v2_partial": (29_996_295, 29_996_295 - 22_779_527),
    "six_conv_cnn": (17_046_535, 1_664),
    "three_block_cnn": (5_655_815, 2_944),
    "vgg16_gap": (16_844_615, 0),
    "vgg16_transfer": (40_934_215, 40_934_215 - 30_939_143),
    "vgg19_frozen": (22_154_311, 22_154_311 - 2_129_927),
}
# No source gives these: they are what our own code counted when it was written, and show that it has not changed.
PARAMETERS_COUNTED_HERE = {
    "efficientnetv2_b0": (5_928_279, 60_608),
    "face_resnet": (4_402_343, 6_080),
    "mini_xception": (58_423, 1_472),
    "quick_cnn_48": (284_119, 864),
    "resnet18_48": (11_180_871, 9_600),
    "se_resnet_48": (9_104_183, 7_936),
    "vgg_48": (29_894_599, 3_840),
}
PARAMETERS = PARAMETERS_OF_SOURCES | PARAMETERS_COUNTED_HERE

# Where the published network would take minutes: the same layers, fewer units or pixels.
SMALL = {
    "basic_cnn_notebook": {"units": [64, 32, 16]},
    "efficientnetv2_b0": {"size": 32},
    "face_resnet": {"size": 60, "filters": [8, 12, 16, 16], "blocks": [1, 2, 1, 1]},
    "five_conv_cnn": {"blocks": [[8, 8], [16], [16], [24]], "units": [16, 16]},
    "four_conv_cnn": {"filters": [16, 16, 24, 24], "units": [16, 16]},
    "resnet18_48": {"filters": [8, 16, 16, 24], "blocks": [1, 2, 1, 1]},
    "resnet50v2_full": {"size": 32},
    "resnet50v2_partial": {"size": 32},
    "se_resnet_48": {"filters": [8, 16, 16, 24], "blocks": [1, 2, 1, 1]},
    "six_conv_cnn": {"blocks": [[8, 8], [16, 16], [24, 24]], "units": 32},
    "three_block_cnn": {"filters": [8, 16, 24], "units": [16, 16]},
    "vgg16_gap": {"filters": [8, 16, 16, 24, 24], "units": 32},
    "vgg16_transfer": {"size": 32, "units": [32, 16]},
    "vgg19_frozen": {"units": 32},
    "vgg_48": {"filters": [8, 16, 16, 24], "units": [32, 32]},
}

# What one grey level is inside; None: the source trains on raw ones.
LEVEL = dict.fromkeys(PARAMETERS, 1 / 255) | {
    "basic_cnn_notebook": None, "basic_cnn_readme": None, "face_resnet": 1 / 256, "mini_xception": 1 / 127.5,
    "quick_cnn_48": 1 / 127.5, "se_resnet_48": 1 / 127.5}


@pytest.fixture(scope="module", params=architectures.names())
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def network(name) -> keras.Model:
    keras.utils.set_random_seed(3)
    return architectures.build(name, **FACE, **SMALL.get(name, {}))


@pytest.fixture(scope="module")
def elsewhere(name) -> keras.Model:
    """The same network for larger faces and fewer emotions, in half precision."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return architectures.build(name, input_shape=(64, 64, 1), classes=5, weights="none", **SMALL.get(name, {}))
    finally:
        keras.config.set_dtype_policy(policy)


@pytest.fixture
def inputs(faces) -> np.ndarray:
    """A random, a black and a white face, grey levels 0 to 255."""
    pixels = faces(3).pixels
    pixels[1], pixels[2] = 0, 255
    return as_input(pixels)


def not_trainable(network: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in network.non_trainable_weights)


def moving_statistics(network: keras.Model) -> list[keras.Variable]:
    """Of the normalisations that are not frozen: they move in training alone."""
    normalisations = [layer for layer in network._flatten_layers()
                      if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
    return [statistic for layer in normalisations for statistic in (layer.moving_mean, layer.moving_variance)]


def test_parameters_are_as_many_as_printed_or_pinned(name):
    network = architectures.build(name, **FACE)
    assert (network.count_params(), not_trainable(network)) == PARAMETERS[name]


def test_a_network_is_named_as_its_module(name, network):
    assert network.name == name


def test_grey_levels_become_probabilities_in_float32(network, inputs):
    outputs = network(inputs)
    probabilities = keras.ops.convert_to_numpy(outputs)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    assert probabilities.shape == (3, 7)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_raw_grey_levels_are_scaled_inside_unless_the_source_does_not(name, network, inputs):
    scales = [layer.scale for layer in network._flatten_layers() if isinstance(layer, keras.layers.Rescaling)]
    assert scales == ([pytest.approx(LEVEL[name])] if LEVEL[name] else [])
    assert not np.array_equal(network(inputs), network(inputs / 255))


def test_a_plain_call_predicts_and_changes_nothing(network, inputs):
    before = network.get_weights()
    np.testing.assert_array_equal(network(inputs), network(inputs, training=False))
    assert all(np.array_equal(*pair) for pair in zip(before, network.get_weights(), strict=True))


def test_a_saved_network_says_the_same_and_trains_the_same(network, inputs, tmp_path):
    network.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(network(inputs), loaded(inputs))
    assert (loaded.count_params(), not_trainable(loaded)) == (network.count_params(), not_trainable(network))


def test_a_step_of_training_changes_the_first_and_last_layer_and_leaves_numbers(network, inputs):
    trainer = keras.models.clone_model(network)
    trainer.set_weights(network.get_weights())
    before = [np.array(weight) for weight in trainer.trainable_weights]
    statistics = [np.array(weight) for weight in moving_statistics(trainer)]
    trainer.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    loss = trainer.train_on_batch(inputs, np.array([0, 3, 6]))
    after = [np.array(weight) for weight in trainer.trainable_weights]
    assert np.isfinite(loss)
    assert all(np.isfinite(weight).all() for weight in after)
    changed = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    assert changed[0]
    assert changed[-1]
    assert not any(np.array_equal(*pair) for pair in zip(statistics, moving_statistics(trainer), strict=True))


def test_faces_of_another_size_and_other_emotions_are_taken(elsewhere):
    assert elsewhere.input_shape == (None, 64, 64, 1)
    assert elsewhere.output_shape == (None, 5)


def test_half_precision_leaves_the_probabilities_alone(elsewhere):
    assert elsewhere.layers[-1].activation is keras.activations.softmax
    assert elsewhere.layers[-1].compute_dtype == "float32"
    assert elsewhere.outputs[0].dtype == "float32"
    assert any(layer.compute_dtype == "float16" for layer in elsewhere.layers)


def test_the_card_says_where_a_network_comes_from(name):
    card = architectures.card(name)
    assert card.source
    assert card.recipe
    assert card.published is None or (0 < card.published.accuracy < 1 and card.published.measured_on)
    assert card.published is None or card.published.estimate or "estimate" not in card.published.measured_on


def test_networks_with_imagenet_weights_can_start_without(name):
    parameters = inspect.signature(import_module(f"fer_pipeline.architectures.{name}").build).parameters
    assert ("weights" in parameters) == architectures.card(name).pretrained
    assert not architectures.card(name).pretrained or parameters["weights"].default == "imagenet"


def test_unknown_architecture_names_the_choices():
    with pytest.raises(InputError, match=r"Unknown architecture 'lenet6'. Available: basic_cnn_notebook, .*, lenet5, "):
        architectures.build("lenet6", **FACE)
    with pytest.raises(InputError, match=r"Unknown architecture 'lenet6'"):
        architectures.require(["lenet5", "lenet6"])


def test_unknown_hyperparameter_names_the_allowed():
    with pytest.raises(InputError, match=r"Unknown hyperparameter depth, width of lenet5. Allowed: .*filters.*, size"):
        architectures.build("lenet5", **FACE, width=3, depth=2)


def test_hyperparameters_are_departures_from_the_defaults():
    small = architectures.build("lenet5", **FACE, units=[8, 8])
    assert small.count_params() < PARAMETERS["lenet5"][0] / 10
