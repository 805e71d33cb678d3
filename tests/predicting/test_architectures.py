"""One preprocessing for every architecture: what the predictor gives a network is what the network takes."""

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.crops import grey_face
from fer_pipeline.predicting.networks import probabilities


class _Built:
    """A network without a file."""

    def __init__(self, network: keras.Model) -> None:
        self.card = Card(name="built", architecture="built", emotions=EMOTIONS)
        self._network = network

    def raw(self, faces: np.ndarray) -> np.ndarray:
        return np.asarray(self._network(faces, training=False))


@pytest.mark.parametrize("name", architectures.names())
def test_every_architecture_takes_the_predictors_crops(name: str) -> None:
    network = architectures.build(name, input_shape=(48, 48, 1), classes=7, weights="none")
    picture = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    said = probabilities(_Built(network), np.array([grey_face(picture), grey_face(picture[::-1])]))
    assert said.shape == (2, 7)
    assert said.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    keras.backend.clear_session()
