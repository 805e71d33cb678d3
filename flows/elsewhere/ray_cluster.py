"""Which Ray cluster, whether it can be used, and what a stage takes of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from prefect.settings import get_current_settings

from fer_pipeline.errors import InputError
from fer_pipeline.params import RunParams

if TYPE_CHECKING:
    from prefect_ray import RayTaskRunner

PACKAGES = [str(Path(__file__).parents[2] / name) for name in ("flows", "fer_pipeline")]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def address(params: RunParams) -> str:
    """Where the cluster is, by params.yaml or RAY_ADDRESS."""
    found = params.ray.address or os.environ.get("RAY_ADDRESS")
    if not found or found == "auto":
        raise InputError(f"run.runner is ray, and no cluster is named: run.ray.address is {params.ray.address!r}, "
                         f"RAY_ADDRESS {os.environ.get('RAY_ADDRESS')!r}. Allowed: HOST:6379 on a node of the cluster, "
                         "ray://HOST:10001 elsewhere. Set one of them in params.yaml or in the environment.")
    return found


def require_ray() -> None:
    """Refuse without the extra `ray`."""
    if find_spec("prefect_ray") is None:
        raise InputError("run.runner is ray, and prefect-ray is not installed. "
                         "Run `pip install -c constraints.txt -e '.[ray]'` here and on every node.")


def require_reachable_server() -> None:
    """Refuse a server that other nodes look for on themselves."""
    import ray

    api = str(get_current_settings().api.url)
    host = urlsplit(api).hostname
    nodes = {node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]}
    if host in LOOPBACK and len(nodes) > 1:
        raise InputError(f"Every node tells Prefect of its stages. The API is at {api}, which each of "
                         f"{', '.join(sorted(nodes))} takes for itself. Start a server that they reach, `prefect "
                         "server start --host 0.0.0.0`, and `export PREFECT_API_URL=http://THIS-HOST:4200/api`.")


@contextmanager
def connected(address: str) -> Iterator["RayTaskRunner[Any]"]:
    """Connect, with this checkout's code of the flow for the nodes to import."""
    from prefect_ray import RayTaskRunner

    runner: RayTaskRunner[Any] = RayTaskRunner(address, {"runtime_env": {"py_modules": PACKAGES}})
    try:
        runner.__enter__()
    except (ConnectionError, RuntimeError, TimeoutError) as error:
        raise InputError(f"No Ray cluster answers at {address}: {error}. Start one (`ray start --head` there), or "
                         "correct run.ray.address or RAY_ADDRESS.") from None
    try:
        yield runner
    finally:
        runner.__exit__(None, None, None)


def share(params: RunParams, resources: dict[str, float]) -> dict[str, float]:
    """What one stage takes of a node: a GPU or its share where there are any, CPUs."""
    gpus = params.ray.gpus
    if gpus is None:
        gpus = 1 / params.slots_per_gpu if resources.get("GPU") else 0
    return {"num_gpus": gpus, "num_cpus": params.ray.cpus}


def at_once(share: dict[str, float], resources: dict[str, float]) -> int:
    """How many stages with this share fit into all nodes together; refused if none does."""
    found = {"num_gpus": resources.get("GPU", 0), "num_cpus": resources.get("CPU", 0)}
    fits = [int(found[name] / amount + 1e-9) for name, amount in share.items() if amount]
    if not fits or min(fits) < 1:
        raise InputError(f"A stage takes {share} (run.ray in params.yaml), and the whole Ray cluster has {found}. "
                         "Correct run.ray, or start nodes with more.")
    return min(fits)
