"""Kaggle on this machine, an account with it, and patience measured in milliseconds."""

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_pipeline.kaggle.patience import Patience
from tests.kaggle.kaggle_server import Kaggle, serve

KEY = "kaggle-key-1234"
QUICK = Patience(tries=3, first_delay=0.001, longest_delay=0.002, longest_wait=1.0, connect=5.0, silence=5.0, every=0.0)
CREDENTIALS = ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_CONFIG_DIR", "KAGGLE_KERNEL_RUN_TYPE")


@pytest.fixture(scope="session")
def archive() -> bytes:
    """A zip of 300 kB that does not compress."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("fer2013.csv"), random.Random(1).randbytes(300_000))
    return content.getvalue()


@pytest.fixture
def no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any credentials."""
    home = tmp_path / "home"
    (home / ".kaggle").mkdir(parents=True)
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home / ".kaggle"))   # kagglehub reads HOME once, at import
    return home


@pytest.fixture
def account(no_account: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAGGLE_USERNAME", "anna")
    monkeypatch.setenv("KAGGLE_KEY", KEY)
    return no_account


@pytest.fixture
def kaggle(archive: bytes, account: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kaggle]:     # noqa: ARG001
    """A server with `archive` as version 3 of every data set; every request of this process goes there."""
    has = Kaggle(archive)
    server = serve(has)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    reach(monkeypatch, has.address)
    yield has
    server.shutdown()
    server.server_close()


def reach(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let every request of this process go to `address`."""
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", address)
