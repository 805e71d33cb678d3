"""Disk full in DVC's cache or in the temporary folder, by a real small file system of this test's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import Checkout, edit_yaml
from tests.flows.made import make_checkout

pytestmark = pytest.mark.faults
BIG = "import pathlib; pathlib.Path('big.bin').write_bytes(bytes(range(256)) * 20000)"      # 5 MB
TRAIN = f"{sys.executable} -m fer_pipeline.cli train-all --slots 2"
MD5 = "find .dvc/cache/files/md5 -type f ! -name '*.tmp' -exec md5sum {} +"


def with_own_mounts(checkout: Checkout, script: str) -> str:
    """Run a shell script that may mount: nobody else sees it, and with the script it is gone."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(["unshare", *as_root, "--mount", "sh", "-c", script], cwd=checkout.folder, text=True,
                          env=checkout.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout


def test_a_full_cache_fails_the_stage_tellingly_and_freed_the_next_run_goes_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    checkout = make_checkout(tmp_path / "checkout", environment, a=0)
    edit_yaml(checkout.folder / "dvc.yaml", lambda content: content["stages"].update(
        big={"cmd": f'python -c "{BIG}"', "deps": ["prepared/faces.txt"], "outs": ["big.bin"]}))
    (checkout.folder / ".dvc/cache").mkdir(parents=True)
    printed = with_own_mounts(checkout, f"""
        mount -t tmpfs -o size=2m tmpfs .dvc/cache
        {TRAIN}; echo "first run: $?"
        {MD5}; echo after the first
        mount -o remount,size=50m .dvc/cache
        {TRAIN}; echo "second run: $?"
        {MD5}; find .dvc/cache -name '*.tmp'; {sys.executable} -m dvc status""")
    first, second = printed.split("after the first\n")
    assert "big: exit code 255; the disk is full: " in first
    assert "`fer clean` what can go. Then run again; it goes on from here" in first
    assert "first run: 1" in first
    assert "second run: 0" in second
    assert "partial files of a kill or a full disk were removed" in second
    assert ".tmp\n" not in second.partition("second run: 0")[2]
    assert "up to date" in second
    assert_whole(first)
    assert_whole(second)
    assert checkout.outcomes()["prepare"] == "skipped"


def assert_whole(printed: str) -> None:
    """Of every line of md5sum, the file is named as its content is."""
    lines = [line.split() for line in printed.splitlines() if ".dvc/cache/files/md5/" in line and "INFO" not in line]
    summed = [(md5, path) for md5, path in (line for line in lines if len(line) == 2) if len(md5) == 32]
    assert summed
    assert all(md5 == "".join(path.split("/")[-2:]).removesuffix(".dir") for md5, path in summed)


def test_a_full_temporary_folder_fails_tellingly_and_freed_the_next_run_goes_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    checkout = make_checkout(tmp_path / "checkout", environment, a=0)
    full = tmp_path / "full"
    full.mkdir()
    del checkout.environment["FER_SLOTS_FOLDER"]
    printed = with_own_mounts(checkout, f"""
        mount -t tmpfs -o size=64k tmpfs {full}
        dd if=/dev/zero of={full}/filler bs=1k count=100 2> /dev/null
        export TMPDIR={full}
        {TRAIN}; echo "first run: $?"
        rm {full}/filler; mount -o remount,size=50m {full}
        {TRAIN}; echo "second run: $?"
        {sys.executable} -m dvc status""")
    first, second = printed.split("first run: ")
    assert f"error: The disk of {full} is full: 0 bytes are free, and a run needs 1,000,000" in first
    assert second.startswith("1")
    assert "second run: 0" in second
    assert "up to date" in second
    assert checkout.outcomes() == {"prepare": "ran", "train@a": "ran", "gather": "ran"}
