"""The networks that come with the package: files with their cards, small; one is what the profile `own` starts from."""

import keras
import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.inference import probabilities as by_keras
from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.params import load_params
from fer_pipeline.predicting.networks import NAMED, SHIPPED, open_network, probabilities
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.recipes import WeightsFile
from fer_pipeline.training.start import starting_network
from tests.conftest import ROOT

WEIGHTS = SHIPPED / "champion.keras"
FER = 0.657     # accuracy of the package fer's network on PrivateTest, measured by its own code
FACES = np.random.default_rng(3).integers(0, 256, (64, FACE_SIZE, FACE_SIZE), np.uint8)


@pytest.mark.parametrize("name", NAMED)
def test_its_files_are_small_and_one_network(name: str) -> None:
    weights = SHIPPED / f"{name}.keras"
    assert NAMED[name].stat().st_size + weights.stat().st_size < 5_000_000
    network = open_network(name)
    assert network.card.model_sha256 == sha256_of(weights)
    raw = network.raw(FACES[..., np.newaxis].astype(np.float32))
    assert np.abs(raw - by_keras(keras.models.load_model(weights, compile=False), FACES)).max() < 1e-4
    assert np.allclose(probabilities(network, FACES).sum(axis=1), 1)


@pytest.mark.parametrize(("name", "page", "row"), [
    ("champion", "README.md", "| PrivateTest, judges | 3,589 | {:.1f} |"),
    ("quick", "quick.md", "| PrivateTest, which chose nothing | {:.1f}% |")])
def test_its_card_has_the_figures_that_its_page_tells(name: str, page: str, row: str) -> None:
    card = open_network(name).card
    assert card.private_test is not None
    assert card.public_test is not None
    assert card.private_test.faces == card.public_test.faces == 3589
    told = (SHIPPED / page).read_text()
    assert card.name in told
    assert row.format(100 * card.private_test.accuracy) in told
    assert str(card.model_sha256) in told


@pytest.mark.parametrize("name", NAMED)
def test_even_in_one_view_it_is_more_often_right_than_the_network_of_the_package_fer(name: str) -> None:
    judged = open_network(name).card.private_test_one_view
    assert judged is not None
    assert judged.accuracy > FER


@pytest.mark.parametrize(("options", "name", "views"), [
    ({}, "champion", 10), ({"fast": True}, "quick", 1), ({"model": "champion", "fast": True}, "champion", 1)])
def test_the_predictor_takes_the_quick_one_if_it_is_to_be_fast(options: dict, name: str, views: int) -> None:
    predictor = Predictor(**options)
    assert predictor.network.file == NAMED[name]
    assert predictor.test_time.views == views


def test_the_profile_own_starts_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    entries = load_params(ROOT / "profiles" / "own.yaml").architectures
    recipe = entries["fine_tuned"]
    assert isinstance(recipe.weights, WeightsFile)
    assert recipe.weights.sha256 == sha256_of(WEIGHTS)
    started = starting_network(recipe)
    assert np.array_equal(started.get_weights()[0], keras.models.load_model(WEIGHTS, compile=False).get_weights()[0])
    assert entries["from_scratch"].hyperparameters == recipe.hyperparameters
