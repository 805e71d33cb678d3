"""The local stack of a made checkout, started once; tests may kill any of it, and `fer up` brings it back."""

import subprocess
import time
from collections.abc import Iterator
from itertools import count

import psutil
import pytest

from tests.flows.conftest import Checkout
from tests.flows.made import make_checkout, snapshots, start, take_seconds
from tests.flows.processes import free_port, wait_for
from tests.flows.served import deploy_run, runs, runs_still, wait_for_end

SHORT, LONG = 2.0, 120.0    # seconds a training takes; commands are slow on a busy machine
DIFFERENCES = count()


@pytest.fixture(scope="session")
def up(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A made checkout with its stack."""
    checkout = make_checkout(tmp_path_factory.mktemp("stack") / "checkout", environment, a=SHORT, b=SHORT)
    checkout.run("fer_pipeline.cli", "up", "--port", str(free_port()))
    yield checkout
    checkout.run("fer_pipeline.cli", "down", "--force")
    assert not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(checkout.folder)]


@pytest.fixture
def trained(up: Checkout) -> Checkout:
    """The stack with everything up to date, so that a change of the trainings makes them alone stale."""
    if not all(runs_still(up, name) for name in ("server", "worker")):
        up.run("fer_pipeline.cli", "up")
    take_seconds(up, SHORT)
    assert wait_for_end(up, deploy_run(up))["state_type"] == "COMPLETED"
    return up


def begin_by_hand(checkout: Checkout, seconds: float, by: str = "terminal") -> tuple[subprocess.Popen, str]:
    """A `fer train-all`, both of whose trainings have a snapshot; its process and its name."""
    take_seconds(checkout, seconds + next(DIFFERENCES) / 100)
    asked = time.time()
    run = start(checkout, "fer_pipeline.cli", "train-all", by=by)
    wait_for(lambda: snapshots(checkout, asked) == 2, "snapshots")
    (name,) = [name for name, one in runs(checkout).items() if one["state_type"] == "RUNNING"]
    return run, name


def begin_long_run(checkout: Checkout, seconds: float = LONG) -> str:
    """A deployment run, both of whose trainings have a snapshot; its name."""
    take_seconds(checkout, seconds + next(DIFFERENCES) / 100)   # or DVC restores it from its run cache
    asked = time.time()
    name = deploy_run(checkout)
    wait_for(lambda: snapshots(checkout, asked) == 2, "snapshots")
    return name
