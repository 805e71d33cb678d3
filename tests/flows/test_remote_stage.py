"""A stage in a work folder of another node, with a DVC remote between the two: here in one process, without Ray."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger
from ruamel.yaml import YAML

from benchmarks.made_pipeline import make
from fer_pipeline.errors import InputError
from fer_pipeline.params import RunParams
from flows.elsewhere import ray_cluster, ray_runner, ray_stage, remote_data, remote_result, revision
from tests.flows.conftest import git

TRAINING = "train@a"


def dvc(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made checkout with a folder as DVC remote, entered; nothing ran yet."""
    folder = tmp_path / "driver"
    make(folder, {"a": 0.0})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FER_WORK", str(tmp_path / "node"))
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FER_SLOTS", "2")
    monkeypatch.delenv("FER_STATE")
    add_remote(tmp_path / "remote")
    return folder


def add_remote(url: Path) -> None:
    dvc("remote", "add", "--quiet", "--default", "store", str(url))
    git(Path.cwd(), "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-am", "remote")


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """Outside a flow there is no run to log to."""
    with disable_run_logger():
        yield


def order(**changes: object) -> ray_stage.Order:
    name, place = remote_data.place()
    facts = {"stage": TRAINING, "commit": revision.head(), "lock": Path("dvc.lock").read_text(),
             "inputs": remote_data.send_inputs(TRAINING, remote_data.writers()), "remote": name, "place": place,
             "environment": {"FER_FLOW_RUN": "run"}, "force": False}
    return ray_stage.Order(**(facts | changes))


def lock() -> dict:
    return YAML(typ="safe").load(Path("dvc.lock"))


def test_a_stage_that_ran_on_another_node_leaves_the_lock_of_a_local_run(driver: Path) -> None:
    dvc("repro", "--quiet", "--single-item", "prepare")
    assert remote_result.settle(TRAINING, force=False) is None
    delivery = ray_stage.carry_out(order(), revision.bundle(), slots=1)
    assert isinstance(delivery, ray_stage.Delivery)
    assert [record["stage"] for record in delivery.records] == [TRAINING]
    assert not Path("models").exists()
    remote_result.take_back(TRAINING, delivery.run_cache)
    assert Path("models/a.txt").read_text() == "a\n"
    assert Path("metrics/a.json").exists(), "what git keeps travels too"
    taken_back = lock()
    dvc("repro", "--quiet", "--single-item", "--force", TRAINING)
    assert lock() == taken_back
    assert remote_result.settle(TRAINING, force=False) == "skipped"
    assert (driver.parent / "node/0/models/a.txt").exists()


@pytest.mark.usefixtures("driver")
def test_a_folder_travels_with_all_that_is_in_it() -> None:
    pipeline = YAML(typ="safe").load(Path("dvc.yaml"))
    command = "mkdir -p prepared/album/b && echo 1 > prepared/album/a && echo 2 > prepared/album/b/c"
    pipeline["stages"]["album"] = {"cmd": command, "deps": ["params.yaml"], "outs": ["prepared/album"]}
    pipeline["stages"]["train"]["do"]["deps"] = ["prepared", "prepared/album/a"]
    YAML(typ="safe").dump(pipeline, Path("dvc.yaml"))
    git(Path.cwd(), "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-am", "album")
    dvc("repro", "--quiet", "prepare", "album")
    delivery = ray_stage.carry_out(order(), revision.bundle(), slots=1)
    assert isinstance(delivery, ray_stage.Delivery)
    sent = ray_stage.node_folder() / "0/prepared"
    assert {str(file.relative_to(sent)) for file in sent.rglob("*") if file.is_file()} == {
        "faces.txt", "album/a", "album/b/c"}
    remote_result.take_back(TRAINING, delivery.run_cache)
    assert remote_result.settle(TRAINING, force=False) == "skipped"


def test_what_the_remote_knows_is_restored_instead_of_sent(driver: Path) -> None:
    dvc("repro", "--quiet")
    remote_result.push_result(TRAINING)
    git(driver, "clean", "-ffdxq")
    dvc("repro", "--quiet", "--single-item", "prepare")
    assert remote_result.settle(TRAINING, force=False) is None
    remote_result.fetch_run_cache()
    assert remote_result.settle(TRAINING, force=False) == "restored"
    assert Path("models/a.txt").exists()


def test_a_stage_that_fails_elsewhere_says_why(driver: Path) -> None:
    dvc("repro", "--quiet", "--single-item", "prepare")
    broken = YAML(typ="safe").load(Path("dvc.yaml"))
    broken["stages"]["train"]["do"]["cmd"] = "echo 'error: no such face' && false"
    YAML(typ="safe").dump(broken, Path("dvc.yaml"))
    git(driver, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-am", "broken")
    state = ray_stage.carry_out(order(), revision.bundle(), slots=1)
    assert state.is_failed()
    assert "error: no such face" in state.message


@pytest.mark.usefixtures("driver")
def test_a_file_that_no_stage_writes_in_a_folder_that_a_stage_reads_is_named() -> None:
    dvc("repro", "--quiet")
    written_by = remote_data.writers()
    assert remote_data.send_inputs("gather", written_by) == {"models/a.txt": TRAINING}
    Path("models/of_old.txt").write_text("")
    with pytest.raises(InputError, match=r"No stage writes models/of_old\.txt"):
        remote_data.send_inputs("gather", written_by)


def test_two_stages_on_a_node_have_a_folder_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_WORK", str(tmp_path))
    with ray_stage.work_folder() as one, ray_stage.work_folder() as other:
        assert one != other
    with ray_stage.work_folder() as again:
        assert again == one


@pytest.mark.usefixtures("driver")
def test_a_work_folder_keeps_nothing_of_an_earlier_commit(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    revision.check_out(revision.bundle(), revision.head(), folder)
    for left in ("models/b.txt", "flows/train_all.py", ".dvc/cache/files/md5/x", ".fer/runs/stages.jsonl", "new.py"):
        (folder / left).parent.mkdir(parents=True, exist_ok=True)
        (folder / left).write_text("left over")
    (folder / ".git/index.lock").touch()
    revision.check_out(revision.bundle(), revision.head(), folder)
    left = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
            and file.read_bytes() == b"left over"}
    assert left == {".dvc/cache/files/md5/x"}


@pytest.mark.usefixtures("driver")
def test_a_dirty_tree_is_refused_by_name_unless_the_pipeline_wrote_it() -> None:
    dvc("repro", "--quiet")
    revision.require_clean_tree(remote_data.output_paths())
    Path("params.yaml").write_text(Path("params.yaml").read_text() + "\n")
    Path("flows/mine.py").touch()
    with pytest.raises(InputError, match=r"in none: params\.yaml, flows/mine\.py\. Commit them"):
        revision.require_clean_tree(remote_data.output_paths())


def test_a_shallow_clone_is_refused_with_the_repair(driver: Path, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    git(driver, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--allow-empty", "-m", "2")
    git(tmp_path, "clone", "--quiet", "--depth", "1", driver.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(InputError, match="git fetch --unshallow"):
        revision.bundle()


@pytest.fixture
def run_params(params: object) -> Callable[..., RunParams]:
    def make_params(**ray: object) -> RunParams:
        return params.run.model_copy(update={"ray": params.run.ray.model_copy(update=ray)})

    return make_params


@pytest.mark.parametrize("address", [None, "auto"])
def test_ray_without_an_address_is_refused(run_params: Callable[..., RunParams], address: str | None,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(InputError, match="no cluster is named"), ray_runner.cluster(run_params(address=address)):
        pass


@pytest.mark.usefixtures("driver")
def test_no_dvc_remote_is_refused_with_the_repair() -> None:
    dvc("remote", "remove", "store")
    with pytest.raises(InputError, match="dvc remote add --default"):
        remote_data.place()


@pytest.mark.usefixtures("driver")
def test_credentials_of_the_remote_stay_at_home() -> None:
    dvc("remote", "modify", "--local", "store", "url", "s3://bucket/path")
    dvc("remote", "modify", "--local", "store", "endpointurl", "http://store:9000")
    dvc("remote", "modify", "--local", "store", "secret_access_key", "hidden")
    assert remote_data.place() == ("store", {"url": "s3://bucket/path", "endpointurl": "http://store:9000"})


@pytest.mark.parametrize(("slots_per_gpu", "resources", "at_once"), [
    (1, {"CPU": 8.0}, 8), (1, {"CPU": 8.0, "GPU": 2.0}, 2), (3, {"CPU": 8.0, "GPU": 2.0}, 6),
    (4, {"CPU": 4.0, "GPU": 2.0}, 4),
])
def test_a_stage_takes_a_gpu_or_its_share_where_there_are_any(run_params: Callable[..., RunParams], slots_per_gpu: int,
                                                              resources: dict[str, float], at_once: int) -> None:
    params = run_params().model_copy(update={"slots_per_gpu": slots_per_gpu})
    assert ray_cluster.at_once(ray_cluster.share(params, resources), resources) == at_once


def test_more_than_the_cluster_has_is_refused(run_params: Callable[..., RunParams]) -> None:
    with pytest.raises(InputError, match="the whole Ray cluster has"):
        ray_cluster.at_once(ray_cluster.share(run_params(gpus=1), {"CPU": 8.0}), {"CPU": 8.0})
