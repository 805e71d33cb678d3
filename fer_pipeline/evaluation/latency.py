"""How long a network lets one wait, by the clock of this machine: never part of what DVC hashes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from fer_pipeline.data.faces import as_input
from fer_pipeline.inference import probabilities

LEAST_RUNS = {1: 20, 64: 5}     # by batch: below, a 95th percentile is no more than the slowest run
MOST_RUNS = 100
SECONDS = 1.0                   # for one call at one batch size, as long as the least runs fit in
PATIENCE = 10                   # after so many times SECONDS even fewer runs do
SLOW_MS = 1000                  # of such a call Keras's share is nothing, and the network alone is not timed again
WARM_UP = 3                     # calls; the first compiles, on TensorFlow the second may once more


@dataclass(frozen=True)
class Latency:
    """What one batch took.

    Attributes:
        batch: Faces handed in at once.
        runs: Calls behind the figures, after the warm-up.
        median_ms, p95_ms: Milliseconds from grey levels to probabilities through `inference.probabilities` with a
            single view, the call that whoever uses a network makes. A few of them are Keras's `predict` itself.
        network_ms: Median milliseconds of the compiled forward pass alone; None where the call takes over a second.
        faces_per_second: `batch` by the median of the whole call.
    """

    batch: int
    runs: int
    median_ms: float
    p95_ms: float
    network_ms: float | None
    faces_per_second: float


def measure(network: keras.Model, pixels: np.ndarray) -> list[Latency]:
    """Time `network` at each batch size of `LEAST_RUNS`.

    Args:
        network: From grey levels `(batch, 48, 48, 1)` to probabilities `(batch, 7)`.
        pixels: `(faces, 48, 48)` uint8, at least one; the first are taken, and again if they are too few.
    """
    return [_measure(network, pixels[np.arange(batch) % len(pixels)]) for batch in LEAST_RUNS]


def _measure(network: keras.Model, pixels: np.ndarray) -> Latency:
    batch = len(pixels)
    runs = _milliseconds(lambda: probabilities(network, pixels), LEAST_RUNS[batch])
    median, p95 = (float(np.percentile(runs, share)) for share in (50, 95))
    return Latency(batch, len(runs), round(median, 3), round(p95, 3),
                   _network_alone(network, pixels) if median < SLOW_MS else None, round(1000 * batch / median, 1))


def _network_alone(network: keras.Model, pixels: np.ndarray) -> float:
    values = as_input(pixels)
    runs = _milliseconds(lambda: np.asarray(network.predict_on_batch(values)), LEAST_RUNS[len(pixels)])
    return round(float(np.median(runs)), 3)


def _milliseconds(call: Callable[[], np.ndarray], least_runs: int) -> list[float]:
    """Each run of a call. It returns a numpy array, so that a GPU, and JAX, have come to an end."""
    began = time.perf_counter()
    for _ in range(WARM_UP):
        call()
        if time.perf_counter() - began > SECONDS:
            break
    runs: list[float] = []
    began = time.perf_counter()
    while not _enough(len(runs), time.perf_counter() - began, least_runs):
        started = time.perf_counter()
        call()
        runs.append(1000 * (time.perf_counter() - started))
    return runs


def _enough(runs: int, seconds: float, least_runs: int) -> bool:
    if runs < least_runs:
        return runs > 0 and seconds > PATIENCE * SECONDS
    return runs >= MOST_RUNS or seconds > SECONDS


def device_kind() -> str:
    """`gpu` or `cpu`: where the framework computes, whatever the machine has."""
    return "cpu" if keras.distribution.list_devices()[0].startswith("cpu") else "gpu"    # JAX raises if asked for GPUs
