"""SIGKILL of DVC while it writes, and what plain DVC leaves torn: the next flow run mends it and loses nothing."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import time
from contextlib import chdir
from pathlib import Path
from typing import TextIO

import pytest
from dvc.utils.serialize import loads_yaml

from flows.running.dvc_whole import replace_whole
from flows.running.mending import is_whole, mend, salvaged
from tests.flows.conftest import Checkout, edit_yaml
from tests.flows.made import commit, kill_all, make_checkout, start
from tests.flows.processes import wait_for

STAGE = ("repro", "--single-item", "train@a")
MOMENTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)   # seconds after the stage's command ended


@pytest.fixture
def prepared(tmp_path: Path, environment: dict[str, str]) -> Checkout:
    checkout = make_checkout(tmp_path / "checkout", environment, a=0, b=0)
    checkout.run("dvc", "repro", "prepare", "train@b")
    return checkout


def cut_once_the_command_ended(checkout: Checkout, seconds: float, *command: str) -> None:
    before = len(checkout.ran())
    dvc = start(checkout, *command)
    wait_for(lambda: len(checkout.ran()) > before or dvc.poll() is not None, "end of the command")
    assert len(checkout.ran()) > before, (checkout.folder.parent / "run.log").read_text()
    time.sleep(seconds)
    os.kill(dvc.pid, signal.SIGKILL)
    dvc.wait(timeout=180)
    kill_all(checkout)


def let_a_take(checkout: Checkout, seconds: float) -> None:
    edit_yaml(checkout.folder / "dvc.yaml", lambda content: content["stages"]["train"]["foreach"].update(a=seconds))


def half_written(checkout: Checkout) -> list[Path]:
    """Objects of the cache whose content is not what their name says."""
    objects = [file for file in (checkout.folder / ".dvc/cache/files/md5").glob("*/*") if file.suffix != ".tmp"]
    return [file for file in objects if file.suffix != ".dir"
            and hashlib.md5(file.read_bytes()).hexdigest() != file.parent.name + file.name]


@pytest.mark.faults
def test_dvc_killed_after_a_command_leaves_a_whole_lock_and_cache(prepared: Checkout) -> None:
    """At every moment: dvc.lock has the old entries or the new ones, and no cached file is half-written.

    DVC's list of files in use may be cut, with which DVC does nothing more: what a flow mends before it starts is
    mended before each.
    """
    entries = prepared.lock()["stages"]
    for number, moment in enumerate(MOMENTS, start=1):
        let_a_take(prepared, number / 100)      # so that it runs anew
        cut_once_the_command_ended(prepared, moment, "flows.running.dvc_whole", "--wait-for-lock", *STAGE)
        assert is_whole((prepared.folder / "dvc.lock").read_text())
        assert {name: prepared.lock()["stages"][name] for name in entries} == entries
        assert not half_written(prepared)
        with chdir(prepared.folder):
            mend()
    let_a_take(prepared, 0)
    prepared.train_all()
    assert prepared.outcomes()["prepare"] == prepared.outcomes()["train@b"] == "skipped"
    assert "up to date" in prepared.run("dvc", "status")


@pytest.mark.faults
def test_a_torn_dvc_lock_is_mended_and_no_finished_stage_runs_again(prepared: Checkout) -> None:
    prepared.run("dvc", "repro")
    ran, lock = prepared.ran(), prepared.folder / "dvc.lock"
    whole = lock.read_text()
    commit(prepared, "run")
    torn = next(whole[:end] for end in range(len(whole) - 1, 0, -1) if not is_whole(whole[:end]))
    lock.write_text(torn)
    assert "dvc.lock" in prepared.run("dvc", "status", check=False)
    printed = prepared.train_all()
    assert "dvc.lock was torn by a kill" in printed
    assert prepared.ran() == ran
    assert set(prepared.outcomes().values()) <= {"skipped", "restored"}
    assert is_whole(lock.read_text())
    assert "up to date" in prepared.run("dvc", "status")


@pytest.mark.faults
@pytest.mark.parametrize("left", ["torn", "of another process"])
def test_dvcs_list_of_files_in_use_does_not_block_the_next_run(prepared: Checkout, left: str) -> None:
    """A number that went to another process would block DVC for ever: it asks only whether the number is in use."""
    with subprocess.Popen(["sleep", "600"]) as other:
        entry = {"pid": other.pid, "cmd": "/usr/bin/dvc repro train@a"}
        text = json.dumps({"write": {str(prepared.folder / "models/a.txt"): entry}, "read": {}})
        (prepared.folder / ".dvc/tmp/rwlock").write_text(text[:20] if left == "torn" else text)
        refused = prepared.run("dvc", *STAGE, check=False)
        assert ("is busy" in refused) or ("corrupted" in refused)
        printed = prepared.train_all()
        other.kill()
    assert "DVC's list of files in use" in printed
    assert prepared.outcomes()["train@a"] == "ran"


LOCK = """schema: '2.0'
stages:
  first:
    cmd: one
    outs:
    - path: one
      hash: md5
      md5: 900150983cd24fb0d6963f7d28e17f72
  second@x:
    cmd: two
    outs:
    - path: two
      hash: md5
      md5: 900150983cd24fb0d6963f7d28e17f73
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DVC checkout without git, for what needs no stage to run."""
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/config").write_text("[core]\n    no_scm = true\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_a_kill_left_torn_is_mended(folder: Path) -> None:
    (folder / "dvc.lock").write_text(LOCK[:LOCK.index("cmd: two") + 2])
    (folder / ".dvc/tmp/rwlock").write_text('{"write": {"/som')
    cut = folder / ".dvc/cache/files/md5/90/.cut.tmp"
    cut.parent.mkdir(parents=True)
    cut.write_text("half")
    (folder / ".dvc/cache/runs/ab/abcd").mkdir(parents=True)
    assert [said.partition(" ")[0] for said in mend()] == ["DVC's", "dvc.lock", "1"]
    assert list(loads_yaml((folder / "dvc.lock").read_text())["stages"]) == ["first"]
    assert not cut.exists()
    assert not (folder / ".dvc/cache/runs/ab/abcd").exists()
    assert mend() == []


def test_a_write_that_fails_halfway_leaves_the_old_file_alone(folder: Path) -> None:
    lock = folder / "dvc.lock"
    lock.write_text(LOCK)

    def disk_full(stream: TextIO) -> None:
        stream.write("schema")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left on device"):
        replace_whole(lock, disk_full)
    assert lock.read_text() == LOCK
    assert [file.name for file in folder.rglob("*partial*")] == []


def test_every_way_to_cut_a_lock_leaves_its_whole_entries() -> None:
    assert is_whole(LOCK)
    second = LOCK.index("  second@x")
    for end in range(second, len(LOCK)):
        assert salvaged(LOCK[:end]).keys() == {"first"} if end > second + 12 else True
    assert salvaged("") == salvaged("schema: '2") == {}
