"""A DVC remote from a Prefect variable and a Secret block: a real Prefect API, real DVC clones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.variables import Variable

from fer_pipeline.errors import InputError
from flows.blocks import dvc_remote

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("prefect_api")]
ACCOUNT = {"AWS_ACCESS_KEY_ID": "anna", "AWS_SECRET_ACCESS_KEY": "s3cret"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (folder := tmp_path / "clone").mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    dvc(folder, "init", "--quiet")
    return folder


def dvc(folder: Path, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | environment, text=True, check=True,
                          capture_output=True).stdout


def test_without_a_variable_a_clone_stays_without_a_remote(clone):
    assert dvc_remote.prepare(clone) == {}
    assert dvc(clone, "remote", "list") == ""


def test_a_clone_gets_the_remote_and_its_credentials_stand_in_no_file(clone, tmp_path):
    Variable.set(dvc_remote.VARIABLE, str(tmp_path / "remote"), overwrite=True)
    Secret(value=ACCOUNT).save(dvc_remote.BLOCK, overwrite=True)
    assert dvc_remote.prepare(clone) == ACCOUNT
    (clone / "faces.txt").write_text("faces")
    dvc(clone, "add", "--quiet", "faces.txt")
    dvc(clone, "push", **ACCOUNT)
    assert [file for file in (tmp_path / "remote").rglob("*") if file.is_file()]
    assert not [file for file in clone.rglob("*") if file.is_file() and b"s3cret" in file.read_bytes()]
    assert dvc_remote.prepare(clone) == {}      # it has one of its own now


def test_its_own_remote_comes_first(clone, tmp_path):
    Variable.set(dvc_remote.VARIABLE, "s3://other/remote", overwrite=True)
    dvc(clone, "remote", "add", "--default", "own", str(tmp_path / "own"))
    assert dvc_remote.prepare(clone) == {}
    assert dvc(clone, "remote", "list").split() == ["own", str(tmp_path / "own"), "(default)"]


@pytest.mark.parametrize("value", ["s3cret", '["s3cret"]', {"aws key": "s3cret"}, {"AWS_KEY": ["s3cret"]}])
def test_a_block_without_variables_is_refused_and_not_shown(value):
    Secret(value=value).save(dvc_remote.BLOCK, overwrite=True)
    with pytest.raises(InputError, match="'dvc-remote' holds no environment variables") as refused:
        dvc_remote.credentials()
    assert "s3cret" not in str(refused.value)


def test_a_variable_that_is_no_address_is_refused(clone):
    Variable.set(dvc_remote.VARIABLE, ["s3://bucket"], overwrite=True)
    with pytest.raises(InputError, match=r"variable dvc_remote is \['s3://bucket'\]. Allowed: the URL"):
        dvc_remote.prepare(clone)
