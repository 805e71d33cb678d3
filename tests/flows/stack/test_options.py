"""What `fer up` refuses before it starts anything, and who may read what it writes."""

import json
import os
import socket
import stat
from pathlib import Path

import psutil
import pytest

from fer_pipeline.errors import InputError
from flows.stack import control, options, settings_file
from flows.stack.detached import Detached
from flows.stack.options import Options


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, entered, of a shell without Prefect's variables."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(**chosen: object) -> str:
    with pytest.raises(InputError) as refused:
        list(control.up(Options(**chosen)))
    assert not settings_file.ours()
    return str(refused.value)


@pytest.mark.usefixtures("here")
def test_other_machines_are_let_in_only_with_authentication():
    assert "--host 0.0.0.0 lets other machines in" in refusal(host="0.0.0.0")
    Options(host="0.0.0.0", auth="anna:s3cret").check()
    Options(host="127.0.0.2").check()


@pytest.mark.usefixtures("here")
def test_another_kind_of_database_is_refused_without_showing_its_password():
    said = refusal(database="mysql://anna:s3cret@host/prefect")
    assert "mysql:… is no database that Prefect can use. Allowed: sqlite+aiosqlite:///…, postgresql+asyncpg://…" in said
    assert "s3cret" not in said


@pytest.mark.usefixtures("here")
def test_a_taken_port_is_named_with_who_has_it():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = refusal(port=listener.getsockname()[1])
    assert "Address already in use" in said
    assert f"process {os.getpid()} has it" in said


def test_a_prefect_toml_of_somebody_else_is_left_alone(here):
    (here / "prefect.toml").write_text('[api]\nurl = "http://elsewhere/api"\n')
    assert "is not by `fer up` and would be lost" in refusal()
    assert "elsewhere" in (here / "prefect.toml").read_text()
    assert not settings_file.remove()


def test_what_wins_over_prefect_toml_is_refused(here, monkeypatch):
    (here / ".env").write_text("PREFECT_API_URL=http://elsewhere/api\n")
    assert "PREFECT_API_URL is http://elsewhere/api in .env" in refusal()
    monkeypatch.setenv("PREFECT_API_URL", "http://other/api")
    assert "PREFECT_API_URL is http://other/api in the environment" in refusal()


def test_secrets_are_read_from_files_that_only_their_owner_may_read(here):
    file = here / "auth"
    file.write_text("anna:s3cret\n")
    file.chmod(0o644)
    with pytest.raises(InputError, match=r"may be read by others \(mode 644\)\. Run `chmod 600"):
        options.read_auth(file)
    file.chmod(0o600)
    assert options.read_auth(file) == "anna:s3cret"
    file.write_text("s3cret")
    with pytest.raises(InputError, match="holds no USER:PASSWORD") as refused:
        options.read_auth(file)
    assert "s3cret" not in str(refused.value)


@pytest.mark.usefixtures("here")
def test_what_holds_secrets_is_for_the_owner_alone(monkeypatch):
    monkeypatch.setenv(options.AUTH_VARIABLE, "anna:s3cret")
    chosen = Options(auth=options.read_auth(None))
    options.keep(chosen)
    settings_file.write(chosen.api_url, chosen.auth)
    for file in (options.FILE, settings_file.FILE):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert options.kept() == chosen
    assert "s3cret" not in repr(chosen)
    assert settings_file.remove()


@pytest.mark.usefixtures("here")
def test_a_pid_that_went_to_another_process_is_no_server():
    own = psutil.Process()
    detached = Detached("server")
    (file := Path(".fer/stack/server.pid")).parent.mkdir(parents=True)
    file.write_text(json.dumps({"pid": own.pid, "started": own.create_time()}))
    assert detached.process() == own
    file.write_text(json.dumps({"pid": own.pid, "started": own.create_time() - 3600}))
    assert detached.process() is None
    assert not detached.end(1)


@pytest.mark.usefixtures("here")
def test_down_without_up_says_that_nothing_was_running():
    assert list(control.down(force=False)) == ["Worker: was not running", "Server: was not running"]
