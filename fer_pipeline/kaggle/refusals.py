"""What an answer that is no success means, and the repair: setbacks that may pass, and refusals that will not."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import requests

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle import credentials
from fer_pipeline.kaggle.address import KaggleDataset, KaggleSource
from fer_pipeline.kaggle.patience import Setback

TRANSIENT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def by_hand(source: KaggleSource) -> str:
    """The way round a network that will not do."""
    return (f"Without a network, download it from {source.page} elsewhere, bring the file here and run "
            "`fer source PATH` with it.")


def refusal(source: KaggleSource, response: requests.Response, words: str, sought: str) -> Exception:
    """The exception that the API's answer calls for.

    Args:
        source: What was asked for.
        response: The answer.
        words: What kagglesdk raises for it: the server's words where it sent JSON.
        sought: What a 404 says is not there, e.g. `version 9`.
    """
    status, told = _status(response), _told(response, words)
    if status == HTTPStatus.UNAUTHORIZED:
        return InputError(f"{source}: {_unauthorized()}{told} {credentials.REPAIR}")
    if status == HTTPStatus.FORBIDDEN:
        return InputError(f"{source}: {_forbidden(source)}{told}")
    if status == HTTPStatus.NOT_FOUND:
        return InputError(f"{source}: Kaggle has no {sought} (404).{told} Look at {source.page} and correct the source "
                          "or its version in params.yaml.")
    return passing(source, status, response) or InputError(
        f"{source}: Kaggle refuses the request ({_named(status)}).{told} {by_hand(source)}")


def passing(source: KaggleSource, status: int, response: requests.Response) -> Setback | None:
    """A setback if the status is one that may pass: too many requests, or trouble at the server's end."""
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in TRANSIENT:
        return None
    return Setback(f"Kaggle answers {_named(status)}", f"Run again later; https://status.kaggle.com tells of trouble "
                   f"there. {by_hand(source)}", wait=_retry_after(response.headers.get("Retry-After", "")))


def unreachable(source: KaggleSource, error: BaseException) -> Setback:
    """No answer. What requests says is not repeated: its message may hold a signed address."""
    return Setback(f"Kaggle cannot be reached ({innermost(error)})", f"Check the network and its proxy settings. "
                   f"{by_hand(source)}")


def innermost(error: BaseException) -> str:
    """The operating system's word for what happened, or else what kind of error it is."""
    reason, link = type(error).__name__, error
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        reason = "it ended early"
    while True:
        if isinstance(link, OSError) and link.strerror:
            reason = link.strerror
        elif isinstance(link, TimeoutError):
            reason = "nothing came in time"
        if (following := link.__cause__ or link.__context__) is None:
            return reason
        link = following


def _status(response: requests.Response) -> int:
    """kagglesdk also raises for an answer of status 200 whose JSON holds an error's code."""
    status = response.status_code
    return status if status >= HTTPStatus.BAD_REQUEST else int(response.json()["code"])


def _told(response: requests.Response, words: str) -> str:
    """The server's own words, if it sent any as JSON: one short line without secrets."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    line = " ".join(credentials.without_secrets(words).split())[:200]
    return f' Kaggle says: "{line}"'


def _unauthorized() -> str:
    if credentials.found():
        return f"Kaggle does not accept the credentials found in {credentials.place()} (401)."
    return "Kaggle asks for an account, and no credentials are set (401)."


def _forbidden(source: KaggleSource) -> str:
    known = credentials.found()
    account = "logged in as the account of your credentials" if known else "logged in"
    repair = "" if known else f" No credentials are set: {credentials.REPAIR}"
    if isinstance(source, KaggleDataset):
        return (f"Kaggle denies access (403). The data set is private, does not exist, or asks for consent. Open "
                f"{source.terms_page} {account}, accept its terms if it shows any, and run again.{repair}")
    return (f"Kaggle denies access (403) until the rules are accepted. Open {source.terms_page} {account}, accept "
            f"them, and run again.{repair}")


def _named(status: int) -> str:
    known = status in HTTPStatus._value2member_map_
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def _retry_after(value: str) -> float | None:
    """Seconds, from a number or a date; None if the header is missing or unreadable."""
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):     # a date without a zone cannot be compared
        return None
