"""Small networks: one whose head has class activation maps, one whose head has none."""

from collections.abc import Callable
from pathlib import Path

import keras
import pytest
from keras import layers

from fer_pipeline import architectures
from fer_pipeline.exporting.networks import load_network
from fer_pipeline.predicting.card import Card


@pytest.fixture(scope="session")
def card() -> Card:
    return Card(name="own_entry", architecture="lenet5", temperature=1.5, trained_on="random faces")


@pytest.fixture(scope="session")
def made_networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of both: `pooled` and `flat`."""
    folder = tmp_path_factory.mktemp("networks")
    keras.utils.set_random_seed(2)
    shape = {"input_shape": (48, 48, 1), "classes": 7}
    made = {"pooled": architectures.build("se_resnet_48", **shape, filters=[8, 8], blocks=[1, 1], squeeze_ratio=2),
            "flat": architectures.build("lenet5", **shape, units=[16, 8])}
    for name, network in made.items():
        network.save(folder / f"{name}.keras")
    return {name: folder / f"{name}.keras" for name in made}


@pytest.fixture(scope="session")
def pooled(made_networks: dict[str, Path]) -> keras.Model:
    return load_network(made_networks["pooled"])


@pytest.fixture(scope="session")
def flat(made_networks: dict[str, Path]) -> keras.Model:
    return load_network(made_networks["flat"])


@pytest.fixture
def ending_in() -> Callable[..., keras.Model]:
    """Makes a network of one convolution and the given layers."""

    def make(*head: keras.Layer) -> keras.Model:
        return keras.Sequential([keras.Input((48, 48, 1)), layers.Rescaling(1 / 255), layers.Conv2D(7, 3, strides=8),
                                 *head])

    return make
