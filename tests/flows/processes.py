"""Servers, workers and nodes that tests start beside themselves, and end as whole groups."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.flows.conftest import Checkout

KEY = "hidden-key-of-the-store"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition: Callable[[], object], what: str, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"no {what} within {seconds} s"
        time.sleep(0.2)


@contextmanager
def background(
    log: Path, environment: dict[str, str], *command: str, folder: Path | None = None, within: tuple[str, ...] = (),
) -> Iterator[subprocess.Popen]:
    """`python -m COMMAND`, ended with all its children; `within` is a command that runs it, such as `ip netns exec`."""
    with log.open("w") as file:
        process = subprocess.Popen([*within, sys.executable, "-m", *command], env=environment, cwd=folder, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    alive = []
    if process.poll() is None:
        started = psutil.Process(process.pid)
        alive = [started, *started.children(recursive=True)]
        process.terminate()
    kill(psutil.wait_procs(alive, timeout=20)[1])
    process.wait()


def kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def started_in(folder: str) -> list[psutil.Process]:
    """Processes whose command line names this folder, whoever is their parent by now."""
    return [process for process in psutil.process_iter(["cmdline"])
            if any(folder in word for word in process.info["cmdline"] or ())]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def s3_server(log: Path, environment: dict[str, str], host: str) -> Iterator[dict[str, str]]:
    """A local S3 endpoint with a bucket; yields what a DVC remote there needs."""
    import boto3

    port = str(free_port())
    endpoint = f"http://{host}:{port}"
    with background(log, environment, "moto.server", "-H", host, "-p", port):
        wait_for(lambda: answers(endpoint), "S3 server")
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a",
                     aws_secret_access_key=KEY).create_bucket(Bucket="faces")
        yield {"url": "s3://faces/dvc", "endpointurl": endpoint}


@contextmanager
def key_in_block(environment: dict[str, str]) -> Iterator[None]:
    """The key of `s3_server` in the Prefect block dvc-remote, and nowhere else."""
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": KEY, "AWS_DEFAULT_REGION": "us-east-1"}
    _with_secret(environment, f"Secret(value={variables}).save('dvc-remote')")
    yield
    _with_secret(environment, "Secret.delete('dvc-remote')")


def _with_secret(environment: dict[str, str], statement: str) -> None:
    subprocess.run([sys.executable, "-c", f"from prefect.blocks.system import Secret; {statement}"], env=environment,
                   check=True)


def add_store(checkout: Checkout, store: dict[str, str]) -> None:
    """Make `store` the checkout's DVC remote, and commit that."""
    checkout.run("dvc", "remote", "add", "--default", "store", store["url"])
    for key in store.keys() - {"url"}:
        checkout.run("dvc", "remote", "modify", "store", key, store[key])
    checkout.commit()
