"""A Prefect worker on a second host runs a deployment that clones the repository and pulls the data.

Where this user may make one, the host is a network namespace: server, git and S3 are met through its one link alone.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.made_pipeline import make
from tests.flows.conftest import ROOT, Checkout, git
from tests.flows.processes import KEY, add_store, answers, background, free_port, key_in_block, s3_server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.timeout(3600)]

HERE, THERE = "10.213.77.1", "10.213.77.2"


@dataclass(frozen=True)
class SecondHost:
    """How this host is called there, and the command that runs another one there."""

    address: str
    within: tuple[str, ...]


@pytest.fixture
def second_host() -> Iterator[SecondHost]:
    name = f"fer{os.getpid()}"
    if not _ip("netns", "add", name):
        yield SecondHost("127.0.0.1", ())
        return
    try:
        for command in (
            f"link add {name} type veth peer name there netns {name}", f"addr add {HERE}/24 dev {name}",
            f"link set {name} up", f"-n {name} addr add {THERE}/24 dev there", f"-n {name} link set there up",
            f"-n {name} link set lo up",
        ):
            assert _ip(*command.split()), command
        yield SecondHost(HERE, ("ip", "netns", "exec", name))
    finally:
        _ip("netns", "del", name)


def _ip(*arguments: str) -> bool:
    try:
        return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def git_served(checkout: Checkout, host: str) -> Iterator[str]:
    """The URL of the checkout behind `git daemon`."""
    port = str(free_port())
    daemon = subprocess.Popen(["git", "daemon", f"--listen={host}", f"--port={port}", "--export-all",
                               f"--base-path={checkout.folder}", str(checkout.folder)], start_new_session=True)
    url = f"git://{host}:{port}/"
    try:
        wait_for(lambda: subprocess.run(["git", "ls-remote", url], capture_output=True, check=False).returncode == 0,
                 "git server")
        yield url
    finally:
        daemon.terminate()
        daemon.wait()


def test_a_worker_on_a_second_host_clones_pulls_and_pushes_the_result(
    second_host: SecondHost, tmp_path: Path, environment: dict[str, str],
) -> None:
    api = f"http://{second_host.address}:{free_port()}/api"
    own = environment | {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_API_URL": api}
    home = Checkout(tmp_path / "home", own)
    make(home.folder, {"a": 2.0, "b": 2.0})
    (home.folder / "deployments").mkdir()
    there = tmp_path / "there"
    there.mkdir()
    template = (ROOT / "deployments/second_host.yaml").read_text()
    (home.folder / "deployments/second_host.yaml").write_text(
        template.replace("working_dir: null ", f"working_dir: {there / 'work'} "))
    (there / "work").mkdir()
    port = api.rpartition(":")[2].removesuffix("/api")
    with (
        background(tmp_path / "server.log", own, "prefect", "server", "start", "--host", second_host.address,
                   "--port", port),
        s3_server(tmp_path / "s3.log", own, second_host.address) as store,
        git_served(home, second_host.address) as repository,
    ):
        wait_for(lambda: answers(f"{api}/health"), "Prefect server")
        add_store(home, store)
        with key_in_block(own):
            deploy_and_run(home, repository, there, second_host)
    clone = next((there / "work").glob("*/dvc.lock")).parent
    assert {record["stage"] for record in Checkout(clone, own).records()} >= {"train@a", "train@b", "gather"}
    assert "train@a" not in home.ran()
    assert (home.folder / "dvc.lock").read_text() == (clone / "dvc.lock").read_text()
    assert "up to date" in home.run("dvc", "status")
    home.run("dvc", "repro", "--quiet", "--force")
    assert home.lock() == Checkout(clone, own).lock()


def deploy_and_run(home: Checkout, repository: str, there: Path, host: SecondHost) -> None:
    """As docs/clusters.md says: data to the remote, the deployment to the server, the result from the remote."""
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": "us-east-1"}
    with_keys = Checkout(home.folder, home.environment | keys)
    home.run("dvc", "repro", "--quiet", "prepare")
    with_keys.run("dvc", "push", "--run-cache")
    git(home.folder, "add", "dvc.lock")
    home.commit()
    branch = subprocess.run(["git", "branch", "--show-current"], cwd=home.folder, capture_output=True, text=True,
                            check=True).stdout.strip()
    home.run("prefect", "variable", "set", "fer_repository", repository)
    home.run("prefect", "variable", "set", "fer_branch", branch)
    home.run("prefect", "work-pool", "create", "second-host", "--type", "process")
    home.run("prefect", "--no-prompt", "deploy", "--prefect-file", "deployments/second_host.yaml", "--all")
    own = home.environment | {"PREFECT_HOME": str(there / "prefect"), "HOME": str(there),
                              "FER_SLOTS_FOLDER": str(there / "slots")}
    with background(there / "worker.log", own, "prefect", "worker", "start", "--pool", "second-host", folder=there,
                    within=host.within):
        printed = home.run("prefect", "deployment", "run", "train-all-and-push/second-host", "--watch")
    assert "Completed" in printed, (there / "worker.log").read_text()
    with_keys.run("dvc", "fetch", "--run-cache")
    with_keys.run("dvc", "repro", "--quiet", "--pull")
