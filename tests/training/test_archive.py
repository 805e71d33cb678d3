import io
import zipfile

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import as_input
from fer_pipeline.training.archive import archive_of


def build(seed: int = 5) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])


def shared() -> keras.Model:
    """A network in which one object stands at two places, so that Keras writes shared object ids."""
    keras.utils.set_random_seed(5)
    initializer = keras.initializers.GlorotUniform(seed=1)
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, kernel_initializer=initializer),
                                keras.layers.Dense(3, kernel_initializer=initializer)], name="shared")
    for index, layer in enumerate(network.layers):
        layer.name = f"dense_{index}"
    return network


@pytest.mark.parametrize("make", [build, shared])
def test_one_network_saved_twice_gives_the_same_bytes(make):
    network = make()
    assert archive_of(network) == archive_of(network)


def test_networks_with_equal_names_built_apart_give_the_same_bytes():
    keras.utils.clear_session()     # layers are numbered within a session
    one = archive_of(build())
    keras.utils.clear_session()
    assert archive_of(build()) == one
    keras.utils.clear_session()
    assert archive_of(build(seed=6)) != one


def test_no_date_is_kept():
    with zipfile.ZipFile(io.BytesIO(archive_of(build()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01@00:00:00" in archive.read("metadata.json")


@pytest.mark.parametrize("make", [build, shared])
def test_the_archive_loads_and_predicts_the_same(make, faces, tmp_path):
    network = make()
    file = tmp_path / "model.keras"
    file.write_bytes(archive_of(network))
    inputs = as_input(faces(3).pixels) if make is build else np.eye(4, dtype=np.float32)
    np.testing.assert_array_equal(keras.models.load_model(file)(inputs), network(inputs))
