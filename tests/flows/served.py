"""A checkout whose stack `fer up` started, and what tests ask of its Prefect server."""

import json
import tomllib
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.flows.conftest import Checkout
from tests.flows.processes import free_port, wait_for

BUSY_SECONDS = 600.0


@contextmanager
def served(checkout: Checkout, home: Path) -> Iterator[Checkout]:
    """The checkout with its stack, which keeps its database in `home`; it ends with the block."""
    checkout.environment.update(PREFECT_HOME=str(home))
    checkout.run("fer_pipeline.cli", "up", "--port", str(free_port()))
    try:
        yield checkout
    finally:
        ended = checkout.run("fer_pipeline.cli", "down", "--force")
    assert "Server: ended" in ended


def pid_of(checkout: Checkout, name: str) -> int:
    """Of the `server` or `worker` that `fer up` started."""
    return int(json.loads((checkout.folder / f".fer/stack/{name}.pid").read_text())["pid"])


def runs_still(checkout: Checkout, name: str) -> bool:
    """Whether the `server` or `worker` that `fer up` started is there."""
    return (checkout.folder / f".fer/stack/{name}.pid").exists() and psutil.pid_exists(pid_of(checkout, name))


def ask(checkout: Checkout, path: str, body: dict[str, Any] | None = None) -> Any:
    """Post to the API of the server that prefect.toml names."""
    settings = tomllib.loads((checkout.folder / "prefect.toml").read_text())["api"]
    headers = {"Content-Type": "application/json"}
    if "auth_string" in settings:
        headers["Authorization"] = f"Basic {b64encode(settings['auth_string'].encode()).decode()}"
    request = urllib.request.Request(f"{settings['url']}/{path}", json.dumps(body or {}).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def runs(checkout: Checkout) -> dict[str, dict[str, Any]]:
    """Flow runs that the server knows, by name."""
    return {run["name"]: run for run in ask(checkout, "flow_runs/filter")}


def task_states(checkout: Checkout, run: dict[str, Any]) -> dict[str, str]:
    """The state of a run's tasks, by name; a task that was just created has none yet and is left out."""
    found = ask(checkout, "task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    return {task["name"]: task["state"]["name"] for task in found if task["state"]}


def deploy_run(checkout: Checkout, *options: str, deployment: str = "train-all/default") -> str:
    """Ask for a run; its name."""
    printed = checkout.run("prefect", "deployment", "run", deployment, *options)
    return printed.split("Created flow run '")[1].split("'")[0]


def wait_for_end(checkout: Checkout, name: str, seconds: float = BUSY_SECONDS) -> dict[str, Any]:
    """The run once it has ended."""
    ends = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
    wait_for(lambda: runs(checkout)[name]["state_type"] in ends, f"end of {name}", seconds)
    return runs(checkout)[name]
