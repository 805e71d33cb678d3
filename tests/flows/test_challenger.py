"""A child flow is refused by Prefect's server while its parent's task run is not in the database yet."""

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client

from fer_pipeline.errors import InputError
from flows.retraining.challenger import _wait_until_recorded

pytestmark = pytest.mark.usefixtures("prefect_api")


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@flow
def parent() -> None:
    """The run that a recorded task run belongs to."""


@task
def child() -> None:
    """What is recorded late."""


def test_a_task_run_that_is_recorded_late_is_waited_for(client: SyncPrefectClient):
    identifier, flow_run = uuid4(), client.create_flow_run(parent)
    late = threading.Timer(0.5, client.create_task_run,
                           kwargs={"task": child, "flow_run_id": flow_run.id, "dynamic_key": "0", "id": identifier})
    late.start()
    _wait_until_recorded(client, identifier, seconds=60)
    assert client.read_task_run(identifier).flow_run_id == flow_run.id
    late.join()


def test_a_task_run_that_never_is_recorded_ends_with_the_repair(client: SyncPrefectClient):
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"has not recorded the task run .* after 0\.5 s: is it overload"):
        _wait_until_recorded(client, uuid4(), seconds=0.5)
    assert time.monotonic() - begun >= 0.5
