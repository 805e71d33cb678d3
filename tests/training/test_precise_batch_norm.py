import keras
import numpy as np
import pytest
from keras import layers

from fer_pipeline.data.faces import as_input
from fer_pipeline.errors import InputError
from fer_pipeline.training.precise_batch_norm import BATCH, take_statistics


def normalising(**options) -> keras.Model:
    return keras.Sequential([keras.Input((48, 48, 1)), layers.BatchNormalization(momentum=0.9, **options),
                             layers.Flatten(), layers.Dense(7, "softmax")], name="normalising")


def test_statistics_are_the_mean_of_those_of_all_batches(faces):
    network, pixels = normalising(), faces(2 * BATCH).pixels
    take_statistics(network, pixels)
    batches = as_input(pixels).reshape(2, BATCH, -1)
    normalisation = network.layers[0]
    np.testing.assert_allclose(normalisation.moving_mean, [batches.mean()], rtol=1e-4)
    np.testing.assert_allclose(normalisation.moving_variance, [batches.var(axis=(1, 2)).mean()], rtol=1e-3)
    assert normalisation.momentum == 0.9


def test_fewer_faces_than_a_batch_count_all(faces):
    network, pixels = normalising(), faces(5).pixels
    take_statistics(network, pixels)
    np.testing.assert_allclose(network.layers[0].moving_mean, [pixels.mean()], rtol=1e-4)


def test_weights_that_are_learnt_and_frozen_layers_stay_as_they_are(faces):
    network = keras.Sequential([normalising(trainable=False), layers.Reshape((7, 1)), layers.BatchNormalization()])
    frozen, learnt = ([np.array(weight) for weight in some] for some in
                      (network.layers[0].layers[0].weights, network.trainable_weights))
    take_statistics(network, faces(9).pixels)
    assert all(map(np.array_equal, network.layers[0].layers[0].weights, frozen))
    assert all(map(np.array_equal, network.trainable_weights, learnt))


def test_a_network_without_batch_normalisation_is_refused(faces):
    with pytest.raises(InputError, match=r"plain has no batch normalisation .* Take precise_batch_norm out"):
        take_statistics(keras.Sequential([keras.Input((48, 48, 1)), layers.Flatten()], name="plain"), faces(3).pixels)
