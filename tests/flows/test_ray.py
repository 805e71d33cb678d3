"""A real Ray cluster of two nodes with work folders of their own, a DVC remote between them, a Prefect server."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from benchmarks.made_pipeline import make
from tests.flows.conftest import Checkout, git
from tests.flows.processes import (
    KEY,
    add_store,
    answers,
    background,
    free_port,
    key_in_block,
    kill,
    s3_server,
    started_in,
    wait_for,
)

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(3600)]

SMALL = ("--num-cpus=1", "--object-store-memory=80000000", "--disable-usage-stats", "--block")


@dataclass(frozen=True)
class Cluster:
    """Two nodes, and what a driver needs to know of them and of the Prefect server."""

    environment: dict[str, str]
    nodes: tuple[Path, Path]

    def server(self, path: str, body: dict) -> list[dict]:
        url = f"{self.environment['PREFECT_API_URL']}/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def logged(self) -> list[str]:
        """Everything in Prefect's logs, newest first."""
        found: list[str] = []
        while page := self.server("logs/filter", {"limit": 200, "offset": len(found), "sort": "TIMESTAMP_DESC"}):
            found += [entry["message"] for entry in page]
        return found


@pytest.fixture(scope="session")
def cluster(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home, port, api = tmp_path_factory.mktemp("ray"), free_port(), free_port()
    own = environment | {"PREFECT_HOME": str(home / "prefect"), "RAY_ADDRESS": f"127.0.0.1:{port}",
                         "PREFECT_API_URL": f"http://127.0.0.1:{api}/api"}
    own.pop("FER_SLOTS")
    nodes = (home / "first", home / "second")
    with ExitStack() as stack:
        stack.enter_context(background(home / "server.log", own, "prefect", "server", "start", "--port", str(api)))
        wait_for(lambda: answers(f"http://127.0.0.1:{api}/api/health"), "Prefect server")
        short = stack.enter_context(tempfile.TemporaryDirectory(prefix="fer-ray-", ignore_cleanup_errors=True))
        stack.callback(lambda: kill(started_in(short)))
        head = ("--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={short}",
                f"--ray-client-server-port={free_port()}")
        for node, options in zip(nodes, (head, (f"--address=127.0.0.1:{port}",)), strict=True):
            node.mkdir()
            place = own | {"FER_WORK": str(node / "work"), "FER_SLOTS_FOLDER": str(node / "slots")}
            start_node(stack, home / f"{node.name}.log", place, options)
        yield Cluster(own, nodes)


def start_node(stack: ExitStack, log: Path, environment: dict[str, str], options: tuple[str, ...]) -> None:
    """Ray gives a node 30 seconds to start, which a busy machine exceeds: try again."""
    for _ in range(4):
        node = stack.enter_context(background(log, environment, "ray.scripts.scripts", "start", *options, *SMALL))
        wait_for(lambda node=node: node.poll() is not None or "Ray runtime started" in log.read_text(), "Ray node")
        if node.poll() is None:
            return
        if "--head" in options:
            kill(started_in(options[-2].removeprefix("--temp-dir=")))
    pytest.fail(log.read_text())


@pytest.fixture
def folder_store(tmp_path: Path) -> dict[str, str]:
    return {"url": str(tmp_path / "store")}


@pytest.fixture
def s3_store(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, str]]:
    with s3_server(tmp_path / "s3.log", cluster.environment, "127.0.0.1") as store, key_in_block(cluster.environment):
        yield store


def made_checkout(folder: Path, cluster: Cluster, trainings: dict[str, float], store: dict[str, str]) -> Checkout:
    make(folder, trainings)
    checkout = Checkout(folder, dict(cluster.environment))
    add_store(checkout, store)
    return checkout


def train_all(checkout: Checkout, *, check: bool = True) -> str:
    return checkout.run("fer_pipeline.cli", "train-all", "--runner", "ray", check=check)


def test_both_nodes_train_and_the_lock_is_that_of_a_local_run(
    cluster: Cluster, tmp_path: Path, s3_store: dict[str, str],
) -> None:
    """By S3; the real pipeline below goes by a folder."""
    before = [len(trained(node)) for node in cluster.nodes]
    trainings = {f"one_{number}": 4.0 for number in range(4)}
    checkout = made_checkout(tmp_path / "driver", cluster, trainings, s3_store)
    printed = train_all(checkout)
    assert "up to date" in checkout.run("dvc", "status")
    assert set(checkout.outcomes().values()) == {"ran"}
    assert all(len(trained(node)) > count for node, count in zip(cluster.nodes, before, strict=True))
    text = (checkout.folder / "dvc.lock").read_text()
    git(checkout.folder, "clean", "-ffdxq")
    checkout.run("dvc", "repro", "--quiet")
    assert set(checkout.ran()) == {"prepare", "gather", *(f"train@{name}" for name in trainings)}
    local = checkout.lock()
    (checkout.folder / "dvc.lock").write_text(text)
    assert checkout.lock() == local
    logged = cluster.logged()
    assert any("4/4 s" in line for line in logged)
    assert not any(KEY in line for line in [printed, *logged])


def trained(node: Path) -> list[Path]:
    """What this node learned, in all of its work folders, of all runs."""
    return list((node / "work").glob("*/.dvc/cache/files/md5/*/*"))


@pytest.mark.long
def test_the_real_pipeline_gives_the_lock_of_a_local_run(
    cluster: Cluster, new_checkout: Callable[[], Checkout], finished: Checkout, folder_store: dict[str, str],
) -> None:
    checkout = new_checkout()
    checkout = Checkout(checkout.folder, dict(cluster.environment))
    add_store(checkout, folder_store)
    train_all(checkout)
    assert checkout.lock() == finished.lock()
    assert "up to date" in checkout.run("dvc", "status")
    hosts = {record["stage"] for record in checkout.records()}
    assert {"train@lenet5", "judge_student@pupil", "report"} <= hosts


def test_a_dead_worker_fails_its_stage_and_the_next_run_goes_on(
    cluster: Cluster, tmp_path: Path, folder_store: dict[str, str],
) -> None:
    checkout = made_checkout(tmp_path / "driver", cluster, {"killed": 20.0}, folder_store)
    log = tmp_path / "run.log"
    with chdir_background(checkout, log) as driver:
        wait_for(lambda: [file for node in cluster.nodes for file in node.glob("work/state/train@killed/*.npz")],
                 "snapshot")
        training, worker = training_and_worker("killed")
        os.kill(worker.pid, signal.SIGKILL)
        assert driver.wait(timeout=240) == 1
    assert "Ray lost the process that computed train@killed" in log.read_text()
    assert checkout.outcomes() == {"prepare": "ran", "train@killed": "failed", "gather": "not run"}
    wait_for(lambda: not training.is_running(), "end of the orphan", 120)
    runs = cluster.server("task_runs/filter", {"task_runs": {"name": {"any_": ["train · killed on Ray"]}}})
    assert [run["state"]["name"] for run in runs] == ["Crashed"]
    train_all(checkout)
    assert any("Going on after" in line for line in cluster.logged())
    assert "up to date" in checkout.run("dvc", "status")


@contextmanager
def chdir_background(checkout: Checkout, log: Path) -> Iterator[subprocess.Popen]:
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "fer_pipeline.cli", "train-all", "--runner", "ray"],
                                   cwd=checkout.folder, env=checkout.environment, stdout=file,
                                   stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def training_and_worker(name: str) -> tuple[psutil.Process, psutil.Process]:
    """The process of a made training, and Ray's that started it."""
    (training,) = [process for process in psutil.process_iter(["cmdline", "name"])
                   if f"models/{name}.txt" in (process.info["cmdline"] or []) and "python" in process.info["name"]]
    worker = next(process for process in training.parents() if process.cmdline()[0].startswith("ray::"))
    return training, worker


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda checkout: (checkout.folder / "flows/mine.py").touch(), "in none: flows/mine.py. Commit them"),
    (lambda checkout: (checkout.run("dvc", "remote", "remove", "store"), checkout.commit()), "dvc remote add"),
    (lambda checkout: checkout.environment.pop("RAY_ADDRESS"), "no cluster is named"),
    (lambda checkout: checkout.edit("params.yaml", "cpus: 1", "cpus: 9") or checkout.commit(), "Ray cluster has"),
])
def test_what_cannot_work_is_refused_before_anything_starts(
    cluster: Cluster, tmp_path: Path, folder_store: dict[str, str], spoil: Callable[[Checkout], object], told: str,
) -> None:
    checkout = made_checkout(tmp_path / "driver", cluster, {"a": 0.0}, folder_store)
    spoil(checkout)
    assert told in train_all(checkout, check=False)
    assert not (checkout.folder / ".fer/runs/stages.jsonl").exists()
    assert not Path(folder_store["url"]).exists()
