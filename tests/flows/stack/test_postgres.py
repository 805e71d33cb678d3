"""The stack on a real PostgreSQL server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.made import make_checkout
from tests.flows.processes import free_port
from tests.flows.served import deploy_run, runs, wait_for_end

pytestmark = pytest.mark.postgres
USER = "postgres"       # of the system; PostgreSQL refuses to run as root
PASSWORD = "not-in-any-log"


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.fail("No PostgreSQL in /usr/lib/postgresql. Install it: apt-get install postgresql.")
    return found[-1]


def _as_user(*command: str, folder: Path) -> None:
    prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty database of a server that lasts as long as the test."""
    folder, port = Path(f"/tmp/fer-postgres-{os.getpid()}"), free_port()    # pytest's folders are closed to others
    folder.mkdir(mode=0o700)
    (password := folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        for one in (folder, password):
            shutil.chown(one, USER)
    control = str(_binaries() / "pg_ctl")
    _as_user(str(_binaries() / "initdb"), "-D", str(folder / "data"), "-U", "fer", "--pwfile", str(password), "-A",
             "scram-sha-256", folder=folder)
    _as_user(control, "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o",
             f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start", folder=folder)
    yield f"postgresql+asyncpg://fer:{PASSWORD}@127.0.0.1:{port}/postgres"
    _as_user(control, "-D", str(folder / "data"), "-m", "fast", "-w", "stop", folder=folder)
    shutil.rmtree(folder)


def test_runs_are_kept_in_postgresql_and_its_password_nowhere_else(database, environment, tmp_path):
    checkout = make_checkout(tmp_path / "checkout", environment, a=1.0, b=1.0)
    checkout.environment["FER_DATABASE"] = database
    said = checkout.run("fer_pipeline.cli", "up", "--port", str(free_port()))
    try:
        name = deploy_run(checkout)
        assert wait_for_end(checkout, name)["state_type"] == "COMPLETED"
        checkout.run("fer_pipeline.cli", "down")
        del checkout.environment["FER_DATABASE"]
        said += checkout.run("fer_pipeline.cli", "up", "--port", str(free_port()), "--database", database)
        assert list(runs(checkout)) == [name]
        logs = [file.read_text() for file in (checkout.folder / ".fer/stack").glob("*.log*")]
        assert not [text for text in (said, *logs) if PASSWORD in text]
        assert not list(Path(checkout.environment["PREFECT_HOME"]).glob("*.db"))
    finally:
        checkout.run("fer_pipeline.cli", "down", "--force")
