import keras
import numpy as np
import pytest

from fer_pipeline.batches import in_batches

VALUES = np.arange(70, dtype=np.float32).reshape(35, 2)


@pytest.mark.parametrize("size", [1, 8, 35, 100])
def test_every_value_comes_once_and_in_order(size):
    batches = [np.asarray(batch) for batch in in_batches(VALUES, size)["x"]]
    assert [len(batch) for batch in batches] == [min(size, 35 - start) for start in range(0, 35, size)]
    assert np.array_equal(np.concatenate(batches), VALUES)


def test_keras_predicts_the_same_as_of_the_array():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    assert np.array_equal(network.predict(**in_batches(VALUES, 8), verbose=0), network.predict(VALUES, 8, verbose=0))


def test_no_autotuner_sleeps_beside_the_network():
    dataset = in_batches(VALUES, 8)["x"]
    assert dataset.options().autotune.enabled is False
    assert int(dataset.cardinality()) == 5      # Keras knows the number of steps, and shows the time left


def test_other_backends_get_the_array_itself(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert in_batches(VALUES, 8) == {"x": VALUES, "batch_size": 8}
