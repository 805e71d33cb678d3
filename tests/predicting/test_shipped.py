"""The network that comes with the package: a file with its card, small, which the profile `own` starts from."""

import keras
import numpy as np
import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.inference import probabilities as by_keras
from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.params import load_params
from fer_pipeline.predicting.networks import CHAMPION, SHIPPED, open_network, probabilities
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.recipes import WeightsFile
from fer_pipeline.training.start import starting_network
from tests.conftest import ROOT

WEIGHTS = SHIPPED / "champion.keras"
FER = 0.657     # accuracy of the package fer's network on PrivateTest, measured by its own code
FACES = np.random.default_rng(3).integers(0, 256, (64, FACE_SIZE, FACE_SIZE), np.uint8)


def test_its_files_are_small_and_one_network() -> None:
    assert CHAMPION.stat().st_size + WEIGHTS.stat().st_size < 5_000_000
    network = open_network()
    assert network.card.model_sha256 == sha256_of(WEIGHTS)
    raw = network.raw(FACES[..., np.newaxis].astype(np.float32))
    assert np.abs(raw - by_keras(keras.models.load_model(WEIGHTS, compile=False), FACES)).max() < 1e-4
    assert np.allclose(probabilities(network, FACES).sum(axis=1), 1)


def test_its_card_has_the_figures_that_its_page_tells() -> None:
    card = open_network().card
    assert card.private_test is not None
    assert card.public_test is not None
    assert card.private_test.faces == card.public_test.faces == 3589
    told = (SHIPPED / "README.md").read_text()
    assert card.name in told
    assert f"| PrivateTest, judges | 3,589 | {100 * card.private_test.accuracy:.1f} |" in told
    assert str(card.model_sha256) in told


def test_even_in_one_view_it_is_more_often_right_than_the_network_of_the_package_fer() -> None:
    judged = open_network().card.private_test_one_view
    assert judged is not None
    assert judged.accuracy > FER


@pytest.mark.parametrize(("options", "views"), [({}, 10), ({"fast": True}, 1), ({"model": "champion"}, 10)])
def test_the_predictor_takes_it_where_none_is_named_and_sees_a_face_once_if_it_is_to_be_fast(
        options: dict, views: int) -> None:
    predictor = Predictor(**options)
    assert predictor.network.file == CHAMPION
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
