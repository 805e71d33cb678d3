"""Where a clone without a DVC remote of its own finds data and models: a Prefect variable and a Secret block.

The variable `dvc_remote` is the remote's URL, s3://bucket/fer or a folder. The Secret block `dvc-remote` holds the
environment variables that DVC signs in with, as JSON: {"AWS_ACCESS_KEY_ID": "…", "AWS_SECRET_ACCESS_KEY": "…"}. They
reach DVC by its environment and stand in no file.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect.variables import Variable

from fer_pipeline.errors import InputError
from flows.blocks.secrets import value_of

VARIABLE = "dvc_remote"
BLOCK = "dvc-remote"
REMOTE = "storage"
NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def prepare(clone: Path) -> dict[str, str]:
    """Give a clone the remote, if it has none and Prefect knows one.

    Returns:
        What to add to the environment of DVC there; nothing where the clone has its own remote.

    Raises:
        InputError: The variable or the block cannot be used, or DVC refuses the URL. No message shows a secret.
    """
    if _dvc(clone, "remote", "list").strip():
        return {}
    url = Variable.get(VARIABLE)
    if url is None:
        return {}
    if not isinstance(url, str) or not url:
        raise InputError(f"The Prefect variable {VARIABLE} is {url!r}. Allowed: the URL of a DVC remote, e.g. "
                         "s3://bucket/fer, or a folder. Correct it in the Prefect UI under Variables.")
    added = credentials()
    _dvc(clone, "remote", "add", "--local", "--default", REMOTE, url)
    return added


def credentials() -> dict[str, str]:
    """Environment variables from the Secret block; none without such a block.

    Raises:
        InputError: The block holds something else. The message shows no part of its value.
    """
    value = value_of(BLOCK)
    if value is None:
        return {}
    found = _parsed(value)
    if not isinstance(found, dict) or not all(_is_variable(*pair) for pair in found.items()):
        raise InputError(f"The Prefect Secret block {BLOCK!r} holds no environment variables. Allowed: a JSON object "
                         'of names in capitals and texts, {"AWS_ACCESS_KEY_ID": "…", "AWS_SECRET_ACCESS_KEY": "…"}. '
                         "Correct it in the Prefect UI under Blocks.")
    return found


def _is_variable(name: object, value: object) -> bool:
    return isinstance(name, str) and bool(NAME.fullmatch(name)) and isinstance(value, str) and "\0" not in value


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return None


def _dvc(clone: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=clone, text=True, capture_output=True,
                          check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(arguments)}` failed in {clone}: {done.stderr.strip()}")
    return done.stdout
