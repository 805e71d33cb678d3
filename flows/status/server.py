"""Whether Prefect's server and the processes of `fer up` are there."""

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus

from flows.stack import options
from flows.stack.detached import FOLDER, Detached

PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Server:
    """Prefect's server.

    Attributes:
        url: Of its API, by PREFECT_API_URL or by `fer up`.
        answers: Whether it said that it is well, within a second.
        why_not: What stood against it; None if it answers.
    """

    url: str
    answers: bool
    why_not: str | None = None


def server() -> Server | None:
    """The server that flows here report to; None where they start one of their own for the run."""
    kept = options.kept()
    url = os.environ.get("PREFECT_API_URL", kept.api_url if kept else "").rstrip("/")
    if not url:
        return None
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=PATIENCE_SECONDS) as answer:
            return Server(url, answers=answer.status == 200)
    except urllib.error.HTTPError as refusal:       # one that wants to know who asks is there
        return Server(url, answers=refusal.code < HTTPStatus.INTERNAL_SERVER_ERROR, why_not=str(refusal))
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return Server(url, answers=False, why_not=str(getattr(error, "reason", error)))


def stack() -> dict[str, bool]:
    """The processes that `fer up` started, by name, with whether they are alive."""
    return {file.stem: Detached(file.stem).process() is not None for file in sorted(FOLDER.glob("*.pid"))}
