import numpy as np
import pytest

from fer_pipeline.evaluation.calibration import calibration
from fer_pipeline.evaluation.headline import headline
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.scores import scores


def test_every_number_is_that_of_its_own_home(network):
    true, said = network(200)
    found = headline(true, said)
    homes = {**calibration(true, said), **scores(true, said), **figures(true, said.argmax(axis=1))}
    assert found == {name: homes[name] for name in found}
    assert len(found) == 15
    assert all(isinstance(value, int | float) for value in found.values())


def test_the_order_of_faces_does_not_matter(network):
    true, said = network(300)
    order = np.random.default_rng(3).permutation(300)
    assert headline(true[order], said[order]) == pytest.approx(headline(true, said), abs=1e-6)
