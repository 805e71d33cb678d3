"""What the local server is asked to be, kept while the stack is up so that a bare `fer up` brings back the same."""

import dataclasses
import ipaddress
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from fer_pipeline.errors import InputError
from flows.stack.detached import FOLDER

FILE = FOLDER / "options.json"
AUTH_VARIABLE = "PREFECT_SERVER_API_AUTH_STRING"
DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to


@dataclass(frozen=True)
class Options:
    """Of the server.

    Attributes:
        host: Address it listens on.
        port: Port it listens on.
        database: SQLAlchemy URL; None for SQLite in PREFECT_HOME.
        auth: `USER:PASSWORD` that every request must carry; None for none.
    """

    host: str = "127.0.0.1"
    port: int = 4200
    database: str | None = None
    auth: str | None = dataclasses.field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the UI."""
        host = "127.0.0.1" if self.host in ANYWHERE else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    def check(self) -> None:
        """Refuse what would be open to others, or no database."""
        if not _is_loopback(self.host) and self.auth is None:
            raise InputError(f"--host {self.host} lets other machines in, and whoever reaches the server may run code "
                             "here. Allowed without authentication: 127.0.0.1, ::1, localhost. Give --auth FILE with "
                             f"USER:PASSWORD in it, or set {AUTH_VARIABLE}.")
        if self.database is not None and not self.database.startswith(DATABASES):
            raise InputError(f"--database {self.database.split(':')[0]}:… is no database that Prefect can use. "
                             f"Allowed: {', '.join(f'{start}…' for start in DATABASES)}. Correct it.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_auth(file: Path | None) -> str | None:
    """The auth string from a file that only its owner may read, or from the environment; None for neither.

    Raises:
        InputError: Others may read the file, or what it holds is no USER:PASSWORD. The message shows none of it.
    """
    if file is None:
        return _checked(os.environ[AUTH_VARIABLE], AUTH_VARIABLE) if os.environ.get(AUTH_VARIABLE) else None
    if not file.is_file():
        raise InputError(f"--auth {file} is no file. Give a file with USER:PASSWORD in it, or set {AUTH_VARIABLE}.")
    if (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
        raise InputError(f"--auth {file} may be read by others (mode {mode:o}). Run `chmod 600 {file}`, and choose "
                         "another password if somebody may have seen this one.")
    return _checked(file.read_text().strip(), str(file))


def _checked(auth: str, place: str) -> str:
    user, colon, password = auth.partition(":")
    if not (user and colon and password) or not auth.isprintable():
        raise InputError(f"{place} holds no USER:PASSWORD (one line, a colon between). Correct it.")
    return auth


def kept() -> Options | None:
    """Those of the stack that is up, or was when the machine went down."""
    return Options(**json.loads(FILE.read_text())) if FILE.exists() else None


def keep(options: Options) -> None:
    """Remember them, for the owner alone: a database's URL and the auth string are secrets."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.unlink(missing_ok=True)
    with os.fdopen(os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dataclasses.asdict(options), file)
