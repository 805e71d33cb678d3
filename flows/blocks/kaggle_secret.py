"""Kaggle's credentials from a Prefect Secret block, for the one stage that asks Kaggle."""

import json
import re
from typing import Any

from fer_pipeline.errors import InputError
from fer_pipeline.params import load_params
from flows.blocks.secrets import value_of

BLOCK = "kaggle"
STAGE = "acquire"
NOT_AT_KAGGLE = ("sample", "path")
VISIBLE = re.compile(r"[!-~]{1,200}")   # what an environment variable and an HTTP header can carry
JSON_BEGINS = ("{", "[", '"')


def environment(stage: str, source: str | None = None) -> dict[str, str]:
    """Variables that hand the block `kaggle` to a stage's process, and to nothing else.

    They are not parameters of any task or flow, so that Prefect keeps them nowhere but in the encrypted block.

    Args:
        stage: As DVC addresses it.
        source: `acquire.source` where the stage runs; this folder's if not given.

    Returns:
        Nothing for stages that do not ask Kaggle, where the environment or ~/.kaggle has credentials, or without such a
        block.

    Raises:
        InputError: The block holds no credentials. The message shows no part of its value.
    """
    if stage != STAGE or (source or load_params().acquire.source) in NOT_AT_KAGGLE or _has_own_account():
        return {}
    value = value_of(BLOCK)
    return {} if value is None else _variables(value)


def _has_own_account() -> bool:
    """Whether the stage finds credentials itself; broken ones it reports itself, too."""
    from fer_pipeline.kaggle import credentials  # a second, only where it is needed

    try:
        return credentials.found()
    except InputError:
        return True


def _variables(value: Any) -> dict[str, str]:
    from fer_pipeline.kaggle.credentials import PLACE_VARIABLE

    found = _token(value) or _username_and_key(value)
    if found is None:
        raise InputError(f"The Prefect Secret block {BLOCK!r} holds no Kaggle credentials. Allowed: an API token as it "
                         'is, or the content of kaggle.json, {"username": "…", "key": "…"}. Correct it in the Prefect '
                         "UI under Blocks, or delete it and set KAGGLE_API_TOKEN.")
    return found | {PLACE_VARIABLE: f"the Prefect Secret block {BLOCK}"}


def _token(value: Any) -> dict[str, str] | None:
    if not isinstance(value, str) or value.strip().startswith(JSON_BEGINS):
        return None
    return {"KAGGLE_API_TOKEN": value.strip()} if VISIBLE.fullmatch(value.strip()) else None


def _username_and_key(value: Any) -> dict[str, str] | None:
    account = _json(value) if isinstance(value, str) else value
    if not isinstance(account, dict):
        return None
    username, key = account.get("username"), account.get("key")
    if not all(isinstance(part, str) and VISIBLE.fullmatch(part) for part in (username, key)):
        return None
    return {"KAGGLE_USERNAME": str(username), "KAGGLE_KEY": str(key)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
