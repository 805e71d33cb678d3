"""Accounts: found where kagglehub looks, and shown to nobody but Kaggle."""

import json
import logging
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.fetch import latest_version
from tests.kaggle.conftest import KEY, QUICK, reach
from tests.kaggle.kaggle_server import LOGIN, Answer
from tests.kaggle.test_fetch import FACES, get

TOKEN = "KGAT_0123456789abcdef"
SECRETS = (KEY, LOGIN, TOKEN)
ECHO = Answer(401, told="Bad credentials {sent}")


def authorization(kaggle) -> str | None:
    latest_version(FACES, patience=QUICK)
    return kaggle.seen[-1].headers.get("Authorization")


def told_by(error: BaseException) -> str:
    """Everything a log could show of an exception: its chain with the values of every variable in our modules."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    told, link = [], whole
    while link is not None:
        told += [str(link), *(str(frame.locals) for frame in link.stack if "/fer_pipeline/" in frame.filename)]
        link = link.__cause__ or link.__context__
    return "\n".join(told)


@pytest.mark.parametrize("trouble", [
    {}, {"api": [ECHO]}, *({"download": [replace(ECHO, status=status)] * 9} for status in (403, 404, 451, 500)),
    {"storage": [replace(ECHO, status=403)] * 9}, {"storage": [Answer(cut=70_000)] * 9},
    {"announced": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"address": "http://127.0.0.1:9"}],
    ids=lambda trouble: "-".join(trouble) or "success")
@pytest.mark.parametrize("token", [None, TOKEN])
def test_no_secret_is_logged_said_raised_or_written(kaggle, tmp_path, monkeypatch, caplog, capfd, trouble, token):
    for name, value in trouble.items():
        setattr(kaggle, name, list(value) if isinstance(value, list) else value)
    reach(monkeypatch, kaggle.address)
    if token:
        monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("kagglehub").addHandler(caplog.handler)   # it does not propagate
    said: list[str] = []
    try:
        said.append(str(get(folder=tmp_path / "raw", said=said)))
    except InputError as error:
        said.append(told_by(error))
        hidden = error.__cause__ or error.__context__
    else:
        hidden = None
        assert not trouble
    finally:
        logging.getLogger("kagglehub").removeHandler(caplog.handler)
    assert hidden is None               # an error of requests holds the request, and that the key
    assert "urllib3" in caplog.text     # requests log at this level
    told = "\n".join([*said, caplog.text, *capfd.readouterr()])
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert [secret for secret in SECRETS if secret in told or secret.encode() in written] == []


def test_the_server_s_words_are_passed_on_without_the_secrets_in_them(kaggle):
    kaggle.api = [ECHO]
    with pytest.raises(InputError, match=r'Kaggle says: "Bad credentials Basic … anna:…"'):
        latest_version(FACES, patience=QUICK)


def test_username_and_key_come_from_the_environment(kaggle):
    assert authorization(kaggle) == f"Basic {LOGIN}"


def test_a_token_comes_before_username_and_key(kaggle, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    assert authorization(kaggle) == f"Bearer {TOKEN}"


@pytest.fixture
def only_file(kaggle, monkeypatch, no_account) -> Path:     # noqa: ARG001
    """A home whose ~/.kaggle/kaggle.json alone holds credentials, still to be written."""
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    return no_account / ".kaggle" / "kaggle.json"


def test_username_and_key_come_from_kaggle_json(kaggle, only_file):
    only_file.write_text(json.dumps({"username": "anna", "key": KEY}))
    assert authorization(kaggle) == f"Basic {LOGIN}"
    kaggle.api = [Answer(401)]
    with pytest.raises(InputError, match=rf"found in {only_file} \(401\)"):
        latest_version(FACES, patience=QUICK)


@pytest.mark.parametrize("content", [f'{{"username": "anna", "key": "{KEY}"', f'{{"key": "{KEY}"}}', "[]", "{}"])
def test_a_broken_kaggle_json_is_refused_without_its_content(only_file, content):
    only_file.write_text(content)
    with pytest.raises(InputError, match="credentials cannot be read. Allowed: a token, or a username with") as refused:
        latest_version(FACES, patience=QUICK)
    assert KEY not in told_by(refused.value)


@pytest.mark.usefixtures("only_file")
def test_a_token_too_long_for_a_file_name_is_not_shown(monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN * 100)     # kagglesdk asks whether it is the name of a file
    with pytest.raises(InputError, match="credentials cannot be read") as refused:
        latest_version(FACES, patience=QUICK)
    assert TOKEN not in told_by(refused.value)


@pytest.mark.parametrize("missing", ["KAGGLE_USERNAME", "KAGGLE_KEY"])
def test_half_an_account_is_refused(kaggle, monkeypatch, missing):
    monkeypatch.delenv(missing)
    with pytest.raises(InputError, match=rf"Of KAGGLE_USERNAME and KAGGLE_KEY, {missing} is missing"):
        latest_version(FACES, patience=QUICK)
    assert kaggle.seen == []
