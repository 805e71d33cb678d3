"""A real Prefect server, work pool, worker and deployment, as the README sets them up."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.conftest import Checkout

pytestmark = pytest.mark.server


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def _background(checkout: Checkout, *command: str) -> Iterator[subprocess.Popen]:
    with (checkout.folder / f"{command[1]}.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=checkout.folder, env=checkout.environment,
                                   stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:       # a busy worker may be slow to end; what it did is tested by now
            process.kill()
            process.wait()


@pytest.fixture
def served(finished_copy: Checkout, tmp_path: Path) -> Iterator[Checkout]:
    """The checkout with a server of its own behind PREFECT_API_URL."""
    port = _free_port()
    finished_copy.environment.update(
        PREFECT_API_URL=f"http://127.0.0.1:{port}/api", PREFECT_HOME=str(tmp_path / "prefect"))
    with _background(finished_copy, "prefect", "server", "start", "--port", str(port)):
        _wait_until_healthy(port)
        yield finished_copy


def _wait_until_healthy(port: int, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("the server did not come up")


def test_the_deployment_runs_on_a_worker_and_shows_its_stages(served: Checkout) -> None:
    served.edit("fer_pipeline/architectures/lenet5.py", "AveragePooling2D(2),", "MaxPooling2D(2),")
    served.run("prefect", "work-pool", "create", "fer", "--type", "process")
    served.run("prefect", "--no-prompt", "deploy", "--all")
    with _background(served, "prefect", "worker", "start", "--pool", "fer"):
        printed = served.run("prefect", "deployment", "run", "train-all/default", "--watch")
    assert "Completed" in printed
    runs = _post(served, "task_runs/filter", {})
    states = {run["name"]: run["state"]["name"] for run in runs}
    assert states["train · lenet5"] == states["report"] == "Completed"
    assert states["train · four_conv_cnn"] == states["acquire"] == "Skipped"
    artifacts = {artifact["key"] for artifact in _post(served, "artifacts/filter", {})}
    assert artifacts == {"architectures", "result", "report"}
    logs = [entry["message"] for entry in _post(served, "logs/filter", {"limit": 200})]
    assert any("epoch 2/2" in message for message in logs)
    assert "up to date" in served.run("dvc", "status")


def _post(served: Checkout, path: str, body: dict) -> list[dict]:
    url = f"{served.environment['PREFECT_API_URL']}/{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
