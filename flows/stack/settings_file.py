"""prefect.toml: what makes Prefect find the local server from the checkout's folder, without any export.

Prefect reads, first come first served: the environment, .env, prefect.toml, pyproject.toml, its own profiles. The file
is ours while the stack is up and gone after `fer down`; git ignores it, and only its owner may read it, for it may hold
the server's auth string.

Source: Prefect 3.8.8, prefect.settings.base.PrefectBaseSettings.settings_customise_sources.
"""

import json
import os
from pathlib import Path

from fer_pipeline.errors import InputError

FILE = Path("prefect.toml")
MARK = "# Written by `fer up` and removed by `fer down`."
HEARTBEAT_SECONDS = 30      # the least that Prefect allows
RETRIES = 6                 # 2 + 4 + 8 + … seconds: a server that is away for two minutes is waited for


def write(api_url: str, auth: str | None) -> None:
    """Point Prefect in this folder to a server.

    Raises:
        InputError: There is a prefect.toml that is not ours.
    """
    check_ours()
    api = [f"url = {json.dumps(api_url)}"] + ([f"auth_string = {json.dumps(auth)}"] if auth else [])
    text = "\n".join([MARK, "[api]", *api, "", "[flows]", f"heartbeat_frequency = {HEARTBEAT_SECONDS}", "",
                      "[client]", f"max_retries = {RETRIES}", ""])
    partial = FILE.with_suffix(".toml.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(FILE)


def check_ours() -> None:
    """Refuse to touch a prefect.toml that somebody else wrote."""
    if FILE.exists() and not ours():
        raise InputError(f"{FILE.absolute()} is not by `fer up` and would be lost. Move its settings to Prefect's "
                         "profile (`prefect config set`) or to .env, and remove it.")


def ours() -> bool:
    """Whether `fer up` wrote the file that is there."""
    return FILE.exists() and FILE.read_text().startswith(MARK)


def remove() -> bool:
    """Remove it, if it is ours; whether there was one."""
    if not ours():
        return False
    FILE.unlink()
    return True
