import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.training import rate_finder
from fer_pipeline.training.rate_finder import HIGHEST, LOWEST, find_rate


@pytest.fixture(scope="module")
def told_apart() -> Faces:
    """Forty-two faces whose grey level tells the emotion."""
    emotion = np.arange(42, dtype=np.uint8) % 7
    pixels = np.broadcast_to((emotion * 40)[:, np.newaxis, np.newaxis], (42, 48, 48)).copy()
    return Faces(pixels, emotion, np.arange(42, dtype=np.int32), np.ones(42, np.float32))


@pytest.fixture(scope="module")
def tested(tiny, told_apart, recipe):
    return find_rate(tiny(), told_apart, recipe(), seed=1, steps=60)


def test_rates_rise_evenly_in_their_logarithm_from_the_lowest(tested):
    steps = np.diff(np.log(tested.rates))
    assert tested.rates[0] == pytest.approx(LOWEST)
    np.testing.assert_allclose(steps, np.log(HIGHEST / LOWEST) / 59, rtol=1e-5)


def test_the_first_loss_is_that_of_guessing_and_the_lowest_lies_at_ten_times_the_rate_proposed(tested):
    assert tested.losses[0] == pytest.approx(np.log(7), abs=0.7)
    assert tested.rates[tested.losses.argmin()] == pytest.approx(10 * tested.proposed)
    assert LOWEST < tested.proposed < 1


def test_the_test_ends_when_the_loss_bursts(tiny, told_apart, recipe, monkeypatch):
    monkeypatch.setattr(rate_finder, "BURST", 1.05)     # how far it bursts, if at all, is the processor's: 1.2 to 2
    rough = recipe(architecture="three_block_cnn", optimizer={"name": "sgd", "learning_rate": 0.01, "momentum": 0.99})
    tested = find_rate(tiny("three_block_cnn"), told_apart, rough, seed=1, steps=60)
    assert len(tested.rates) < 60
    lowest = np.minimum.accumulate(tested.losses)
    assert (tested.losses[1:] <= 1.05 * lowest[:-1]).all()


def test_a_network_that_gives_no_number_at_all_is_named(tiny, told_apart, recipe):
    network = tiny()
    network.set_weights([np.full_like(weight, np.nan) for weight in network.get_weights()])
    with pytest.raises(InputError, match=r"The loss of lenet5 is no number at learning rate 1e-06 already"):
        find_rate(network, told_apart, recipe(), seed=1, steps=4)
