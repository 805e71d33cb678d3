import json
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.evaluation.predictions import read_predictions
from fer_pipeline.inference import probabilities
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import TestTime
from fer_pipeline.stages.evaluate import evaluate

COMPUTE = ComputeParams(threads=1, mixed_precision=False)
FLIPPED = {"horizontal_flip": True}
pytestmark = pytest.mark.usefixtures("seeded_only")


@pytest.fixture
def public_test(faces, tmp_path) -> Faces:
    made = faces(14, seed=9, first_row=30)
    write_faces(tmp_path / "public_test.npz", made)
    return made


@pytest.fixture
def network(tmp_path):
    made = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    made.save(tmp_path / "model.keras")
    return made


@pytest.fixture
def outs(tmp_path) -> list[Path]:
    return [tmp_path / name for name in ("predictions.npz", "metrics.json", "confusion.csv")]


def test_what_is_written_is_of_this_model_and_its_views(recipe, public_test, network, outs, tmp_path):
    evaluate("own_entry", recipe(test_time=FLIPPED), COMPUTE, tmp_path / "model.keras", tmp_path / "public_test.npz",
             *outs)
    predictions, metrics = read_predictions(outs[0]), json.loads(outs[1].read_text())
    assert predictions.model_sha256 == sha256_of(tmp_path / "model.keras")
    assert predictions.row.tolist() == list(range(30, 44))
    np.testing.assert_allclose(predictions.probabilities, probabilities(
        network, public_test.pixels, TestTime(horizontal_flip=True)), rtol=1e-5)
    right = predictions.probabilities.argmax(axis=1) == public_test.emotion
    assert metrics["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert metrics["faces"] == 14
    assert len(outs[2].read_text().splitlines()) == 15


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, {"architecture": "lenet5", "recipe": "plain", "weights": "none", "views": 1}),
    ({"recipe": "ours", "test_time": FLIPPED}, {"recipe": "ours", "views": 2}),
    ({"recipe": "as_published", "test_time": FLIPPED | {"shift_pixels": 4}}, {"recipe": "as_published", "views": 10}),
    ({"architecture": "vgg16_gap"}, {"architecture": "vgg16_gap", "weights": "none"}),
    ({"architecture": "vgg19_frozen"}, {"weights": "imagenet"}),
    ({"architecture": "vgg19_frozen", "weights": "none"}, {"weights": "none"}),
])
@pytest.mark.usefixtures("public_test")
def test_metrics_say_what_must_be_known_to_compare_them(recipe, network, outs, tmp_path, changes, expected):
    evaluate("own_entry", recipe(**changes), COMPUTE, tmp_path / "model.keras", tmp_path / "public_test.npz", *outs)
    metrics = json.loads(outs[1].read_text())
    assert {key: metrics[key] for key in expected} == expected
    assert metrics["parameters"] == network.count_params()
    assert metrics["flops"] > 1000
