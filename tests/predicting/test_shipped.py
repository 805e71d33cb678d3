"""The network that comes with the package: two files with its card, small, and what the profile `own` starts from."""

import keras
import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.inference import probabilities as by_keras
from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.params import load_params
from fer_pipeline.predicting.networks import SHIPPED, open_network, probabilities
from fer_pipeline.recipes import WeightsFile
from fer_pipeline.training.start import starting_network
from tests.conftest import ROOT

WEIGHTS = SHIPPED.with_suffix(".keras")
FACES = np.random.default_rng(3).integers(0, 256, (64, FACE_SIZE, FACE_SIZE), np.uint8)


def test_its_files_are_small_and_one_network() -> None:
    assert SHIPPED.stat().st_size + WEIGHTS.stat().st_size < 5_000_000
    network = open_network()
    assert network.card.model_sha256 == sha256_of(WEIGHTS)
    raw = network.raw(FACES[..., np.newaxis].astype(np.float32))
    assert np.abs(raw - by_keras(keras.models.load_model(WEIGHTS, compile=False), FACES)).max() < 1e-4
    assert np.allclose(probabilities(network, FACES).sum(axis=1), 1)


def test_its_card_has_the_figures_that_its_readme_tells() -> None:
    card = open_network().card
    assert card.private_test is not None
    assert card.public_test is not None
    assert card.private_test.faces == card.public_test.faces == 3589
    told = SHIPPED.with_name("README.md").read_text()
    assert f"# Champion: {card.name}\n" in told
    assert f"| PrivateTest, judges | 3,589 | {100 * card.private_test.accuracy:.1f} |" in told
    assert str(card.model_sha256) in told


def test_it_is_more_often_right_than_the_network_of_the_package_fer() -> None:
    judged = open_network().card.private_test
    assert judged is not None
    assert judged.accuracy > 0.657      # as measured on these faces


def test_the_profile_own_starts_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    entries = load_params(ROOT / "profiles" / "own.yaml").architectures
    recipe = entries["fine_tuned"]
    assert isinstance(recipe.weights, WeightsFile)
    assert recipe.weights.sha256 == sha256_of(WEIGHTS)
    started = starting_network(recipe)
    assert np.array_equal(started.get_weights()[0], keras.models.load_model(WEIGHTS, compile=False).get_weights()[0])
    assert entries["from_scratch"].hyperparameters == recipe.hyperparameters
