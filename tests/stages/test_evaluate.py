import json
from pathlib import Path

import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.evaluation import latency
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.predictions import read_predictions
from fer_pipeline.inference import probabilities
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import TestTime
from fer_pipeline.stages.evaluate import evaluate

COMPUTE = ComputeParams(threads=1, mixed_precision=False)
FLIPPED = {"horizontal_flip": True}
pytestmark = pytest.mark.usefixtures("seeded_only")


@pytest.fixture(autouse=True)
def _brief_measurements(monkeypatch) -> None:
    monkeypatch.setattr(latency, "SECONDS", 0.02)


@pytest.fixture
def public_test(faces, tmp_path) -> Faces:
    made = faces(14, seed=9, first_row=30)
    write_faces(tmp_path / "public_test.npz", made)
    write_faces(tmp_path / "training.npz", faces(21))
    return made


@pytest.fixture
def ins(tmp_path, public_test, network) -> list[Path]:  # noqa: ARG001  they write the files
    return [tmp_path / name for name in ("model.keras", "public_test.npz", "training.npz")]


@pytest.fixture
def network(tmp_path):
    made = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    made.save(tmp_path / "model.keras")
    return made


@pytest.fixture
def outs(tmp_path) -> list[Path]:
    return [tmp_path / name for name in ("predictions.npz", "metrics.json", "training.json", "confusion.csv")]


def test_what_is_written_is_of_this_model_and_its_views(recipe, public_test, network, ins, outs):
    evaluate("own_entry", recipe(test_time=FLIPPED), COMPUTE, *ins, *outs, measured={})
    predictions, metrics = read_predictions(outs[0]), json.loads(outs[1].read_text())
    assert predictions.model_sha256 == sha256_of(ins[0])
    assert predictions.row.tolist() == list(range(30, 44))
    np.testing.assert_allclose(predictions.probabilities, probabilities(
        network, public_test.pixels, TestTime(horizontal_flip=True)), rtol=1e-5)
    right = predictions.probabilities.argmax(axis=1) == public_test.emotion
    assert metrics["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert metrics["faces"] == 14
    assert metrics["temperature"] == fitted_temperature(predictions.emotion_true, predictions.probabilities)
    assert len(outs[3].read_text().splitlines()) == 15


def test_training_is_seen_once_a_face_as_it_is(recipe, network, ins, outs):
    evaluate("own_entry", recipe(test_time=FLIPPED), COMPUTE, *ins, *outs, measured={})
    training, metrics = read_faces(ins[2]), json.loads(outs[2].read_text())
    right = probabilities(network, training.pixels, TestTime()).argmax(axis=1) == training.emotion
    assert (metrics["faces"], metrics["accuracy"]) == (21, pytest.approx(right.mean(), abs=1e-6))


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, {"architecture": "lenet5", "recipe": "plain", "weights": "none", "views": 1}),
    ({"recipe": "ours", "test_time": FLIPPED}, {"recipe": "ours", "views": 2}),
    ({"recipe": "as_published", "test_time": FLIPPED | {"shift_pixels": 4}}, {"recipe": "as_published", "views": 10}),
    ({"architecture": "vgg16_gap"}, {"architecture": "vgg16_gap", "weights": "none"}),
    ({"architecture": "vgg19_frozen"}, {"weights": "imagenet"}),
    ({"architecture": "vgg19_frozen", "weights": "none"}, {"weights": "none"}),
])
def test_metrics_say_what_must_be_known_to_compare_them(recipe, network, ins, outs, changes, expected):
    evaluate("own_entry", recipe(**changes), COMPUTE, *ins, *outs, measured={})
    metrics = json.loads(outs[1].read_text())
    assert {key: metrics[key] for key in expected} == expected
    assert metrics["parameters"] == network.count_params()
    assert metrics["flops"] > 1000


def test_latency_goes_to_the_run_log_alone_with_the_model_it_is_of(recipe, ins, outs):
    written, logged = [], []
    for _ in range(2):
        logged.append({})
        evaluate("own_entry", recipe(test_time=FLIPPED), COMPUTE, *ins, *outs, measured=logged[-1])
        written.append([file.read_bytes() for file in outs])
    assert written[0] == written[1]
    for measured in logged:
        assert measured["model_sha256"] == sha256_of(ins[0])
        assert [batch["batch"] for batch in measured["latency"]["batches"]] == [1, 64]
        assert measured["latency"].items() >= {"kind": "cpu", "backend": "tensorflow", "threads": 1}.items()
        assert json.loads(json.dumps(measured)) == measured
