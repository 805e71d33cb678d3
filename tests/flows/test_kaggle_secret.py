"""A Prefect Secret block as Kaggle's account: a real Prefect API, a real stage process, Kaggle on this machine."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect import State, flow
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter
from prefect.settings import get_current_settings

from fer_pipeline.kaggle.credentials import PLACE_VARIABLE
from flows.blocks import kaggle_secret
from flows.blocks.secrets import value_of
from flows.running.reproduce import reproduce
from tests.flows.conftest import Checkout
from tests.kaggle.conftest import CREDENTIALS, KEY
from tests.kaggle.kaggle_server import LOGIN, Answer, Kaggle, named_by_usage, serve

TOKEN = "KGAT_0123456789abcdef"
ACCOUNT = {"username": "anna", "key": KEY}
SECRETS = (TOKEN, KEY, LOGIN)

pytestmark = pytest.mark.usefixtures("prefect_api")


@pytest.fixture
def kaggle(faces: Callable) -> Iterator[Kaggle]:
    """Kaggle with 21 faces in the layout of msambare/fer2013."""
    server = serve(has := Kaggle(named_by_usage(faces(21))))
    yield has
    server.shutdown()
    server.server_close()


@pytest.fixture
def checkout_at_kaggle(
        new_checkout: Callable[[], Checkout], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout, entered, whose source is at Kaggle, in a home without an account."""
    checkout = new_checkout()
    checkout.edit_params(lambda params: params["acquire"].update(source="kaggle:anna/faces", version=3))
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    (home := tmp_path / "home" / ".kaggle").mkdir(parents=True)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(home))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(checkout.folder)
    return checkout


@pytest.fixture
def block() -> Iterator[Callable[[object], None]]:
    """Saves a value as the Secret block `kaggle`."""
    yield lambda value: Secret(value=value).save(kaggle_secret.BLOCK, overwrite=True)
    if value_of(kaggle_secret.BLOCK) is not None:
        Secret.delete(kaggle_secret.BLOCK)


def acquire(checkout: Checkout, kaggle: Kaggle) -> State:
    """How the stage ended in a flow; its process alone reaches the Kaggle of this machine."""
    reach = {"KAGGLE_API_ENVIRONMENT": "TEST", "http_proxy": kaggle.address, "NO_PROXY": "", "no_proxy": ""}
    ended: list[State] = []

    @flow
    def acquire_alone(environment: dict[str, str]) -> None:
        ended.append(reproduce("acquire", "acquire", environment, force=False, return_state=True))

    acquire_alone(checkout.environment | reach | {"FER_FLOW_RUN": "one"})
    return ended[0]


async def _kept_by_prefect() -> str:
    async with get_client() as client:
        flows, tasks = await client.read_flow_runs(), await client.read_task_runs()
        logs = await client.read_logs(LogFilter(), limit=200)
    assert flows
    assert tasks
    return "\n".join(one.model_dump_json() for one in (*flows, *tasks, *logs))


def leaks(checkout: Checkout, said: str) -> list[str]:
    """Secrets in what was printed, in what Prefect keeps, or in any file of the checkout, of Prefect's home, or of its
    database, where the block stands encrypted."""
    told = said + asyncio.run(_kept_by_prefect())
    database = Path(get_current_settings().server.database.connection_url.get_secret_value().split("///")[1])
    assert database.is_file()
    files = [file for folder in (checkout.folder, Path(os.environ["PREFECT_HOME"]), database.parent)
             for file in folder.rglob("*")]
    written = b"".join(file.read_bytes() for file in files if file.is_file())
    return [secret for secret in SECRETS if secret in told or secret.encode() in written]


@pytest.mark.parametrize(("value", "sent"), [
    (TOKEN, f"Bearer {TOKEN}"), (f" {TOKEN}\n", f"Bearer {TOKEN}"), (json.dumps(ACCOUNT), f"Basic {LOGIN}"),
    (ACCOUNT, f"Basic {LOGIN}")], ids=["token", "token with spaces", "kaggle.json", "json"])
def test_the_block_signs_the_stage_in_and_is_seen_nowhere_else(
        checkout_at_kaggle, kaggle, block, value, sent, capfd, caplog):
    block(value)
    assert acquire(checkout_at_kaggle, kaggle).is_completed()
    api = [seen for seen in kaggle.seen if "Authorization" in seen.headers]
    assert api
    assert {seen.headers["Authorization"] for seen in api} == {sent}
    assert json.loads(Path("data/raw/provenance.json").read_text())["rows"] == 21
    assert leaks(checkout_at_kaggle, "\n".join([caplog.text, *capfd.readouterr()])) == []
    assert not set(os.environ) & {"KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", PLACE_VARIABLE}


def test_a_refused_block_is_named_as_the_place_and_not_shown(checkout_at_kaggle, kaggle, block, capfd, caplog):
    block(TOKEN)
    kaggle.download = [Answer(401, told="Bad credentials {sent}")] * 9
    kaggle.api = [Answer(401, told="Bad credentials {sent}")] * 9
    state = acquire(checkout_at_kaggle, kaggle)
    assert "found in the Prefect Secret block kaggle (401)" in state.message
    assert leaks(checkout_at_kaggle, "\n".join([state.message, caplog.text, *capfd.readouterr()])) == []


def test_without_a_block_kaggle_is_asked_without_an_account(checkout_at_kaggle, kaggle):
    assert acquire(checkout_at_kaggle, kaggle).is_completed()
    assert not any("Authorization" in seen.headers for seen in kaggle.seen)


@pytest.mark.parametrize("value", [
    f"{TOKEN} {TOKEN}", f'{{"username": "anna", "key": "{KEY}"', f'{{"key": "{KEY}"}}', f'["{KEY}"]', f'"{KEY}"',
    {"username": "anna", "key": [KEY]}, {"username": "", "key": KEY}, [KEY], f"{KEY}\x00", KEY * 50])
def test_a_block_without_credentials_fails_the_stage_and_is_not_shown(
        checkout_at_kaggle, kaggle, block, value, capfd, caplog):
    block(value)
    state = acquire(checkout_at_kaggle, kaggle)
    assert state.is_failed()
    assert "The Prefect Secret block 'kaggle' holds no Kaggle credentials. Allowed: an API token as it is, or" in str(
        state.message)
    assert kaggle.seen == []
    assert leaks(checkout_at_kaggle, "\n".join([str(state.message), caplog.text, *capfd.readouterr()])) == []


@pytest.mark.usefixtures("checkout_at_kaggle")
def test_a_token_of_digits_stays_a_token(block):
    block("0123456789")
    assert kaggle_secret.environment("acquire")["KAGGLE_API_TOKEN"] == "0123456789"


@pytest.mark.usefixtures("checkout_at_kaggle")
def test_no_other_stage_gets_it(block):
    block(TOKEN)
    assert kaggle_secret.environment("acquire")
    assert kaggle_secret.environment("images") == {}
    assert kaggle_secret.environment("train@lenet5") == {}


@pytest.mark.parametrize("own", [{"KAGGLE_API_TOKEN": "KGAT_own"}, {"KAGGLE_USERNAME": "otto", "KAGGLE_KEY": "own"},
                                 {"KAGGLE_KEY": "half an account, which the stage refuses"}])
@pytest.mark.usefixtures("checkout_at_kaggle")
def test_the_environment_comes_before_the_block(block, monkeypatch, own):
    block(TOKEN)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    assert kaggle_secret.environment("acquire") == {}


def test_kaggle_json_comes_before_the_block(checkout_at_kaggle, block):  # noqa: ARG001
    block(TOKEN)
    Path(os.environ["KAGGLE_CONFIG_DIR"], "kaggle.json").write_text(json.dumps(ACCOUNT))
    assert kaggle_secret.environment("acquire") == {}


@pytest.mark.parametrize("source", ["sample", "path"])
def test_a_source_elsewhere_asks_for_no_account(checkout_at_kaggle, block, source):
    block(TOKEN)
    checkout_at_kaggle.edit_params(lambda params: params["acquire"].update(source=source, version=None))
    assert kaggle_secret.environment("acquire") == {}
