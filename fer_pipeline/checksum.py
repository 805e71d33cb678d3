"""What a file holds, in one word."""

import hashlib
from pathlib import Path

from fer_pipeline.errors import InputError


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def pinned(file: str, sha256: str, where: str) -> Path:
    """The file that params.yaml names and pins by its content.

    Args:
        file: From the checkout's folder on.
        sha256: Of its content.
        where: The key that names it, for messages.

    Raises:
        InputError: It is missing or holds something else.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(f"There is no {path} in {Path.cwd()}, which {where} names. Put it there, or correct the key.")
    if (found := sha256_of(path)) != sha256:
        raise InputError(f"{path} has the SHA-256 {found}, and params.yaml pins {sha256}. Take the pinned file, or "
                         f"write the other SHA-256 to {where}.")
    return path
