"""Bytes from a storage into a partial file that only grows: whatever ends a try, the next goes on from there."""

import errno
import os
import shutil
from http import HTTPStatus
from io import FileIO
from pathlib import Path

import requests

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import KaggleSource
from fer_pipeline.kaggle.api import Parcel
from fer_pipeline.kaggle.patience import Patience, Say, Setback
from fer_pipeline.kaggle.progress import MB, ByteProgress
from fer_pipeline.kaggle.refusals import by_hand, innermost, passing

CHUNK = 1 << 16             # bytes; a cut loses at most one
PROGRESSED = 1 << 20        # bytes of one try after which earlier failures no longer count
GOES_ON = "Run again: it goes on from where it stopped."


def transfer(source: KaggleSource, parcel: Parcel, partial: Path, say: Say, patience: Patience) -> None:
    """One try to complete `partial`.

    Raises:
        Setback: The connection failed; what came so far is kept.
        InputError: The disk is full; what came so far is kept.
    """
    problem: Exception
    begun = _size(partial)
    try:
        _grow(source, parcel, partial, say, patience)
        return
    except requests.RequestException as error:
        here = _size(partial)
        problem = Setback(f"the connection was cut at {here / MB:,.1f} MB ({innermost(error)})",
                          f"{GOES_ON} {by_hand(source)}", progressed=here - begun >= PROGRESSED)
    except OSError as error:
        problem = _unwritable(partial, error)
    raise problem   # outside the handlers: the message of what requests raised may hold a signed address


def _grow(source: KaggleSource, parcel: Parcel, partial: Path, say: Say, patience: Patience) -> None:
    with FileIO(partial, "a") as file, _response(parcel, file.tell(), patience) as response:
        if not _already_whole(source, response, file):
            _append(response, file, say, patience)
        os.fsync(file.fileno())     # before it gets its final name: a power cut must not leave that on half a file


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0


def _unwritable(partial: Path, error: OSError) -> InputError:
    here = f"{_size(partial) / MB:,.1f} MB are kept."
    if error.errno == errno.EFBIG:
        return InputError(f"{partial} cannot grow: a limit of this process or file system ({error.strerror}). {here} "
                          f"Raise the limit (`ulimit -f`). {GOES_ON}")
    return InputError(f"{partial} cannot be written: {error.strerror}. {here} Free space there, or correct its rights. "
                      f"{GOES_ON}")


def _response(parcel: Parcel, begin: int, patience: Patience) -> requests.Response:
    headers = {"Accept-Encoding": "identity"}   # the stored bytes: sizes and checksums are theirs
    if begin:
        headers["Range"] = f"bytes={begin}-"
        if parcel.etag and not parcel.etag.startswith("W/"):
            headers["If-Range"] = parcel.etag
    return requests.get(parcel.url, headers=headers, stream=True, timeout=(patience.connect, patience.silence))


def _already_whole(source: KaggleSource, response: requests.Response, file: FileIO) -> bool:
    """True if nothing is left to come. Empties `file` where the server sends everything from the start."""
    status, begin = response.status_code, file.tell()
    if status == HTTPStatus.PARTIAL_CONTENT:
        if not response.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
            raise _start_over(source, file, "the storage sends another part than the one asked for")
        return False
    if status == HTTPStatus.OK:
        file.truncate(0)
        return False
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        if response.headers.get("Content-Range") == f"bytes */{begin}":
            return True
        raise _start_over(source, file, "the partial file here is longer than the whole")
    # Also a 403 may pass: the signed address ran out, and the next try gets a new one.
    raise passing(source, status, response) or Setback(f"Kaggle's storage answers {status}",
                                                       f"Run again later. {by_hand(source)}")


def _start_over(source: KaggleSource, file: FileIO, reason: str) -> Setback:
    file.truncate(0)
    return Setback(reason, by_hand(source), once=True)


def _append(response: requests.Response, file: FileIO, say: Say, patience: Patience) -> None:
    begin = file.seek(0, 2)
    left = int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
    total = None if left is None else begin + left
    _check_space(file, left or 0)
    if begin:
        say(f"  Going on from {begin / MB:,.1f} MB")
    progress = ByteProgress(total, begin, say, patience.every)
    for chunk in response.iter_content(CHUNK):
        _write(file, chunk)
        progress.add(len(chunk))
    say(f"  {progress.summary()}")


def _write(file: FileIO, chunk: bytes) -> None:
    """All of it: one write to a nearly full disk may take a part."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest):]


def _check_space(file: FileIO, needed: int) -> None:
    folder = Path(str(file.name)).parent
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(f"{folder} has {free / MB:,.1f} MB free; {needed / MB:,.1f} MB are still to come. Free space "
                         f"there. {GOES_ON}")
