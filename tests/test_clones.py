"""What clones of a checkout share with it, and what keeps two runs apart."""

import os
from pathlib import Path

import pytest
from dvc.repo import Repo

from fer_pipeline.clones import CommandFailed, environment_of, git, locked, run_module, share_cache
from fer_pipeline.errors import InputError

NEAR_AND_FAR = """\
[core]
    remote = near
['remote "near"']
    url = ../../near
['remote "far"']
    url = s3://bucket/faces
"""     # as `dvc remote add near ../near` writes it


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "checkout"
    folder.mkdir(parents=True)
    git("init", "--quiet", folder=folder)
    Repo.init(str(folder)).close()
    (folder / ".dvc/config").write_text(NEAR_AND_FAR)
    git("add", "--all", folder=folder)
    git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "--message", "start", folder=folder)
    return folder


def test_a_clone_has_the_cache_and_the_very_remotes_of_its_checkout(checkout: Path, tmp_path: Path):
    (checkout / ".dvc/config.local").write_text("['remote \"own\"']\n    url = ../../own\n")
    clone = tmp_path / "elsewhere" / "deep" / "clone"
    git("clone", "--quiet", str(checkout), str(clone), folder=tmp_path)
    share_cache(clone, checkout)
    with Repo(str(clone)) as repo:
        assert repo.config["core"]["remote"] == "near"
        urls = {name: remote["url"] for name, remote in repo.config["remote"].items()}
        assert urls == {"near": str(checkout.parent / "near"), "own": str(checkout.parent / "own"),
                        "far": "s3://bucket/faces"}
        assert Path(repo.cache.local_cache_dir) == checkout / ".dvc/cache"
    assert git("status", "--porcelain", folder=clone) == ""


def test_state_lies_outside_the_clone_and_stages_end_with_this_process(tmp_path: Path):
    environment = environment_of(tmp_path)
    assert environment["FER_STATE"] == str(tmp_path / "state")
    assert environment["FER_OWNER_PID"] == str(os.getpid())


def test_a_failed_command_gives_the_error_of_the_stage_to_its_end(tmp_path: Path):
    said: list[str] = []
    (tmp_path / "failing.py").write_text(
        "import sys\nprint('epoch 1', flush=True)\nsys.exit('error: two faces fail:\\n  first\\n  second')\n")
    with pytest.raises(CommandFailed, match="^two faces fail:\n  first\n  second$"), locked(tmp_path, "A test") as lock:
        run_module("failing", folder=tmp_path, environment=os.environ, lock=lock, say=said.append)
    assert said[0] == "epoch 1"


def test_a_lock_names_who_holds_it(tmp_path: Path):
    refused = pytest.raises(InputError, match=rf"A scheduled run is running as process {os.getpid()} already")
    with locked(tmp_path, "A scheduled run"), refused, locked(tmp_path, "A scheduled run"):
        pass
