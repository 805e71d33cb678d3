"""Pictures out of a request: within the limits, in memory alone."""

import asyncio
from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.problems import Problem

FIELD = "pictures"
FORM = "multipart/form-data"
LONGEST_NAME = 200      # characters of a file's name that are repeated to who sent it
REPAIR = f"Send pictures as {FORM}, each under '{FIELD}'."


class _InMemory(MultiPartParser):
    spool_max_size = 2 ** 31    # bytes; Starlette writes larger files to the disk


async def read_pictures(request: Request, limits: Limits) -> list[tuple[str, bytes]]:
    """Names and contents of the pictures of a form.

    Raises:
        Problem: It is no such form, holds something else, too much, or arrives too slowly.
    """
    _require_form(request.headers.get("content-type", ""))
    try:
        async with asyncio.timeout(limits.upload_seconds):
            form = await _InMemory(request.headers, _within(request, limits.body_bytes), max_files=limits.files,
                                   max_fields=0).parse()
    except TimeoutError:
        raise Problem(408, "too_slow", f"The request did not arrive within {limits.upload_seconds:g} s. Send fewer or "
                      "smaller pictures.") from None
    except MultiPartException as error:
        raise Problem(400, "bad_form", f"The form is broken: {error.message.rstrip('.')}. {REPAIR}") from None
    except ClientDisconnect:
        raise Problem(400, "bad_form", "The request ended before its end.") from None
    try:
        return await _pictures(form)
    finally:
        await form.close()


def _require_form(kind: str) -> None:
    if kind.partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "no_form", f"The request is {kind[:80]!r}. Allowed: {FORM} with pictures under '{FIELD}', "
                      f"as `curl -F {FIELD}=@face.jpg` sends it.")


async def _within(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    said = request.headers.get("content-length", "")
    arrived = int(said) if said.isdecimal() else 0
    _require_small(arrived, most)
    arrived = 0
    async for chunk in request.stream():
        arrived += len(chunk)
        _require_small(arrived, most)
        yield chunk


def _require_small(arrived: int, most: int) -> None:
    if arrived > most:
        raise Problem(413, "too_large", f"The request has more than {most:,} bytes. Send fewer or smaller pictures.")


async def _pictures(form: FormData) -> list[tuple[str, bytes]]:
    found = []
    for field, value in form.multi_items():
        if field != FIELD or not isinstance(value, UploadFile):
            raise Problem(400, "bad_form", f"The form has a field {field[:80]!r}. Allowed: files under '{FIELD}'.")
        found.append(((value.filename or "")[:LONGEST_NAME], await value.read()))
    if not found:
        raise Problem(400, "bad_form", f"The form holds no picture. {REPAIR}")
    return found
