"""What the clock says of a network, and how long the asking may take."""

import os
import subprocess
import sys
import time
from itertools import count

import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.evaluation import latency
from fer_pipeline.inference import probabilities

ON_JAX = """
import keras, numpy as np
from fer_pipeline import architectures
from fer_pipeline.evaluation.latency import device_kind, measure
network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7)
measured = measure(network, np.zeros((3, 48, 48), "uint8"))
print(keras.backend.backend(), device_kind(), [one.median_ms > 0 for one in measured])
"""


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "SECONDS", 0.05)


@pytest.fixture(scope="module")
def network():
    return architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])


def test_one_face_and_64_are_timed_even_if_there_are_fewer(network, faces, monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 0.5)
    measured = latency.measure(network, faces(3).pixels)
    assert [one.batch for one in measured] == [1, 64]
    for one in measured:
        assert one.runs >= latency.LEAST_RUNS[one.batch]
        assert 0 < one.median_ms <= one.p95_ms
        assert one.network_ms is not None
        assert one.network_ms > 0
        assert one.faces_per_second == pytest.approx(1000 * one.batch / one.median_ms, rel=0.01)


def test_beside_a_slow_call_the_network_alone_is_not_timed(network, faces, monkeypatch):
    monkeypatch.setattr(latency, "SLOW_MS", 0)
    assert [one.network_ms for one in latency.measure(network, faces(3).pixels)] == [None, None]


def test_measuring_leaves_the_network_and_the_faces_as_they_were(network, faces):
    pixels = faces(5).pixels
    before, kept = probabilities(network, pixels), pixels.copy()
    latency.measure(network, pixels)
    np.testing.assert_array_equal(probabilities(network, pixels), before)
    np.testing.assert_array_equal(pixels, kept)


def test_a_run_lasts_as_long_as_its_call_and_the_warm_up_is_in_none(monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 0.3)
    calls = count()
    runs = latency._milliseconds(lambda: time.sleep(0.2 if next(calls) == 0 else 0.01), least_runs=5)
    assert min(runs) >= 10
    assert np.median(runs) < 150


def test_a_quick_call_is_run_often_enough_and_no_more(monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 10)
    assert len(latency._milliseconds(lambda: None, least_runs=20)) == latency.MOST_RUNS


def test_the_least_runs_are_made_although_time_is_up(monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 0.1)
    assert len(latency._milliseconds(lambda: time.sleep(0.03), least_runs=5)) == 5


def test_a_call_that_takes_far_too_long_is_run_less_than_that(monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", 0.002)
    assert len(latency._milliseconds(lambda: time.sleep(0.03), least_runs=20)) == 1


def test_without_a_gpu_the_device_is_the_processor():
    assert latency.device_kind() == "cpu"


@pytest.mark.jax
def test_a_network_on_jax_is_timed_too():
    done = subprocess.run([sys.executable, "-c", ON_JAX], text=True, capture_output=True, check=False,
                          env=os.environ | {"KERAS_BACKEND": "jax"})
    assert (done.stdout, done.returncode) == ("jax cpu [True, True]\n", 0), done.stderr
