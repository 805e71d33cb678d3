import keras
import numpy as np
import pytest
from keras import layers

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.exporting.class_maps import with_class_maps
from fer_pipeline.exporting.networks import load_network


def logits(probabilities: np.ndarray) -> np.ndarray:
    """Up to a constant a face."""
    said = np.log(probabilities)
    return np.asarray(said - said.mean(axis=1, keepdims=True))


def centred(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - values.mean(axis=1, keepdims=True))


def test_the_mean_over_the_places_is_the_logits_less_the_bias(made_networks, faces):
    pooled = load_network(made_networks["pooled"])
    mapped = with_class_maps(pooled)
    pooled.layers[-1].bias.assign(np.linspace(-1, 1, 7))
    probabilities, maps = mapped.predict_on_batch(as_input(faces(5).pixels))
    assert maps.shape == (5, 22, 22, 7)
    np.testing.assert_allclose(centred(maps.mean(axis=(1, 2)) + np.linspace(-1, 1, 7)), logits(probabilities),
                               atol=1e-5)
    np.testing.assert_array_equal(probabilities, pooled.predict_on_batch(as_input(faces(5).pixels)))


def test_the_maps_of_a_network_without_a_dense_layer_are_its_last_convolution(faces):
    keras.utils.set_random_seed(1)
    network = architectures.build("mini_xception", input_shape=(48, 48, 1), classes=7, filters=[8, 8])
    probabilities, maps = with_class_maps(network).predict_on_batch(as_input(faces(3).pixels))
    np.testing.assert_allclose(centred(maps.mean(axis=(1, 2))), logits(probabilities), atol=1e-5)


@pytest.mark.parametrize("head", [
    lambda: [layers.GlobalAveragePooling2D(), layers.Dropout(0.5), layers.Dense(7, activation="softmax")],
    lambda: [layers.GlobalAveragePooling2D(), layers.Dense(7), layers.Activation("softmax")],
    lambda: [layers.GlobalAveragePooling2D(), layers.Activation("softmax")],
], ids=["dropout and dense", "dense and activation", "activation"])
def test_these_heads_have_maps(ending_in, head):
    assert with_class_maps(ending_in(*head())).output_shape == [(None, 7), (None, 6, 6, 7)]


@pytest.mark.parametrize("head", [
    lambda: [layers.Flatten(), layers.Dense(7, activation="softmax")],
    lambda: [layers.GlobalMaxPooling2D(), layers.Dense(7, activation="softmax")],
    lambda: [layers.GlobalAveragePooling2D(), layers.Dense(9), layers.Dense(7, activation="softmax")],
    lambda: [layers.GlobalAveragePooling2D(), layers.Activation("tanh"), layers.Activation("softmax")],
    lambda: [layers.GlobalAveragePooling2D(), layers.Dense(7, activation="sigmoid")],
    lambda: [layers.GlobalAveragePooling2D(keepdims=True), layers.Flatten(), layers.Dense(7, activation="softmax")],
], ids=["flat", "largest", "two dense layers", "bent", "no softmax", "flat after pooling"])
def test_other_heads_have_none(ending_in, head):
    assert with_class_maps(ending_in(*head())) is None
