"""Whose account asks Kaggle: found by kagglehub in the environment or in ~/.kaggle, kept nowhere, shown nowhere."""

import base64
import os

from kagglehub.config import KaggleApiCredentials, get_kaggle_credentials
from kagglesdk.kaggle_env import get_access_token_from_env

from fer_pipeline.errors import InputError

PLACES = "in KAGGLE_API_TOKEN, in KAGGLE_USERNAME and KAGGLE_KEY, or in ~/.kaggle/kaggle.json"
PLACE_VARIABLE = "FER_KAGGLE_PLACE"     # set by the flow: where it took the variables from
REPAIR = (f"Make an API token on https://www.kaggle.com/settings/api and put it {PLACES} (the file with mode 600). "
          "`fer train-all` also takes it from a Prefect Secret block named kaggle.")


def credentials() -> KaggleApiCredentials:
    """What the environment or ~/.kaggle holds; empty ones for an anonymous request.

    Raises:
        InputError: They are there and cannot be used. The message holds no part of them, and no cause that does.
    """
    missing = [name for name in ("KAGGLE_USERNAME", "KAGGLE_KEY") if not os.environ.get(name)]
    if len(missing) == 1 and not os.environ.get("KAGGLE_API_TOKEN"):
        raise InputError(f"Of KAGGLE_USERNAME and KAGGLE_KEY, {missing[0]} is missing. Set both or neither.")
    try:
        return get_kaggle_credentials() or KaggleApiCredentials()
    except (OSError, ValueError):   # ValueError's cause carries the text of kaggle.json, OSError may name a long token
        pass
    raise InputError(f"Kaggle's credentials cannot be read. Allowed: a token, or a username with its key, {PLACES}, "
                     'there as {"username": "…", "key": "…"} and readable by you. Correct or remove them.')


def place() -> str:
    """Where the credentials were found, for a message; no part of them."""
    if given := os.environ.get(PLACE_VARIABLE):
        return given
    _, token_place = get_access_token_from_env()
    if token_place:
        return "KAGGLE_API_TOKEN" if token_place == "KAGGLE_API_TOKEN" else "~/.kaggle/access_token"
    if os.environ.get("KAGGLE_USERNAME") and os.environ.get("KAGGLE_KEY"):
        return "KAGGLE_USERNAME and KAGGLE_KEY"
    return f"{os.environ.get('KAGGLE_CONFIG_DIR', '~/.kaggle')}/kaggle.json"


def found() -> bool:
    mine = credentials()
    return bool(mine.api_key or (mine.username and mine.key))


def without_secrets(text: str) -> str:
    """`text` with every form of the credentials blotted out: a server may echo what it was sent."""
    mine = credentials()
    basic = base64.b64encode(f"{mine.username}:{mine.key}".encode()).decode()
    for secret in filter(None, (basic, mine.key, mine.api_key)):
        text = text.replace(secret, "…")
    return text
