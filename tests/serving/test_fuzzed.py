"""Whatever is sent, the service answers as its description says, and never with 500."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.service import Serving, build

QUICK = settings(max_examples=15, deadline=None, database=None, derandomize=True,
                 suppress_health_check=list(HealthCheck))
LONG = settings(QUICK, max_examples=150)
SEEDS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TGA", "TIFF", "WEBP")


@pytest.fixture(scope="module")
def described(grey_network: Path) -> Iterator[Any]:
    serving = Serving(Predictor(grey_network, threads=1), Limits(parallel=2, per_minute=0, pixels=1_000_000))
    yield schemathesis.openapi.from_asgi("/openapi.json", build(serving))
    serving.workers.close()


@pytest.fixture(scope="module")
def client(grey_network: Path) -> Iterator[TestClient]:
    serving = Serving(Predictor(grey_network, threads=1), Limits(parallel=2, per_minute=0, pixels=1_000_000))
    with TestClient(build(serving)) as asking:
        yield asking


ANY_BYTES = [positive_data_acceptance]      # are no picture, and are refused
schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@QUICK
def test_every_answer_is_as_described(case: Any) -> None:
    case.call_and_validate(excluded_checks=ANY_BYTES)


@pytest.mark.faults
@schema.parametrize()
@LONG
def test_every_answer_is_as_described_for_long(case: Any) -> None:
    case.call_and_validate(excluded_checks=ANY_BYTES)


def _mutated(content: bytes, changes: list[tuple[float, int]], end: float) -> bytes:
    changed = bytearray(content[:max(1, int(len(content) * end))])
    for place, byte in changes:
        changed[int(place * (len(changed) - 1))] = byte
    return bytes(changed)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")    # of broken tags, before it reads or refuses
@pytest.mark.parametrize("kind", SEEDS)
@settings(QUICK, max_examples=20)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), end=st.floats(0.2, 1))
def test_broken_pictures_are_refused_or_read_and_nothing_else(
        client: TestClient, as_file: Callable[..., bytes], kind: str, changes: list[tuple[float, int]],
        end: float) -> None:
    content = as_file(np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8), kind)
    done = client.post("/predict", files={"pictures": ("p", _mutated(content, changes, end))})
    assert done.status_code in (200, 422), done.text
