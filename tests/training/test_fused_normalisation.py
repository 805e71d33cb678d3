"""Fused batch normalisation trains as Keras's own does, and leaves no trace in the network."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from fer_pipeline.training import trainer as training_trainer
from fer_pipeline.training.fused_normalisation import fused
from fer_pipeline.training.trainer import Trainer


@pytest.fixture
def network() -> keras.Model:
    """Maps normalised in a trainable and a frozen layer, and features."""
    keras.utils.set_random_seed(4)
    faces = keras.Input((48, 48, 1))
    x = layers.Conv2D(6, 3, strides=4)(layers.Rescaling(1 / 64)(faces))
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.8, epsilon=1e-5)(x))
    x = layers.BatchNormalization(trainable=False)(layers.Conv2D(5, 3)(x))
    x = layers.BatchNormalization()(layers.GlobalAveragePooling2D()(x))
    return keras.Model(faces, layers.Dense(7, activation="softmax")(x))


def normalisations(network: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]


def operations(network: keras.Model) -> list[str]:
    traced = tf.function(lambda faces: network(faces, training=True)).get_concrete_function(
        tf.TensorSpec((4, 48, 48, 1)))
    return [operation.type for operation in traced.graph.get_operations()]


def test_only_trainable_normalisation_of_maps_is_fused_and_only_inside(network):
    assert "FusedBatchNormV3" not in operations(network)
    with fused(network):
        assert operations(network).count("FusedBatchNormV3") == 1
    assert "FusedBatchNormV3" not in operations(network)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_a_step_leaves_the_weights_that_keras_leaves(network, faces, recipe, monkeypatch, precision):
    for layer in network.layers[:-1]:
        layer.dtype_policy = keras.DTypePolicy(precision)
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    chosen = recipe(batch_size=7, optimizer={"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True})
    before = network.get_weights()
    fast = Trainer(network, faces(21), chosen, 1)
    fast.show(fast.order(1, 0))
    monkeypatch.setattr(training_trainer, "fused", nullcontext)
    plain = Trainer(twin, faces(21), chosen, 1)
    plain.show(plain.order(1, 0))
    tolerance = 1e-4 if precision == "float32" else 0.02
    for one, other, was in zip(network.get_weights(), twin.get_weights(), before, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * max(0.1, np.abs(other - was).max()))
    mean, frozen = normalisations(network)[0].moving_mean, normalisations(network)[1].moving_mean
    assert np.abs(np.asarray(mean)).max() > 0
    assert not np.asarray(frozen).any()


def test_layers_are_keras_own_again_whatever_happens(network, faces, recipe):
    made = Trainer(network, faces(21), recipe(batch_size=7), 1)
    made.show(made.order(1, 0))
    assert {type(layer) for layer in normalisations(network)} == {layers.BatchNormalization}
    with pytest.raises(KeyError), fused(network):
        raise KeyError
    assert {type(layer) for layer in normalisations(network)} == {layers.BatchNormalization}
