"""A data set or the files of a competition from Kaggle: one whole, checked archive, and what is known of it."""

import base64
import hashlib
import os
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import KaggleCompetition, KaggleSource, local_name
from fer_pipeline.kaggle.api import Parcel, describe, locate
from fer_pipeline.kaggle.patience import Patience, Say, Setback, persevere
from fer_pipeline.kaggle.refusals import by_hand
from fer_pipeline.kaggle.transfer import transfer
from fer_pipeline.runtime import flock

PATIENCE = Patience()


def latest_version(source: KaggleSource, say: Say = print, patience: Patience = PATIENCE) -> int:
    """Number of the newest version of a data set.

    Raises:
        InputError: It is a competition, is not there, or Kaggle cannot be asked.
    """
    if isinstance(source, KaggleCompetition):
        raise InputError(f"{source} has no versions: Kaggle numbers those of data sets alone. The checksum of its "
                         "file pins it.")
    latest = persevere(lambda: describe(source, patience), source, patience, say).latest
    if latest < 1:
        raise InputError(f"{source}: Kaggle tells no version. Look at {source.page}.")
    return latest


def fetch(source: KaggleSource, version: int | None, folder: Path, say: Say,
          patience: Patience = PATIENCE) -> dict[str, object]:
    """Put the archive as Kaggle keeps it, or the one file, into `folder`; nothing is unpacked.

    It comes under its final name whole or not at all. What a failed or killed fetch leaves, `NAME.….partial`, is what
    the next one goes on from. A file that is there already is checked and not fetched again.

    Args:
        source: From `parse_source`.
        version: Pinned version of a data set, from 1; None for a competition.
        folder: Made if missing. Outside DVC's outputs if a fetch is to survive a killed stage.
        say: Takes lines for people: progress, and each setback.
        patience: Retries and waits.

    Returns:
        Provenance: source, version, licence, url (for people), and for each of `files` its name, bytes, md5, sha256
        (both in hexadecimal). Nothing of this machine, account or clock.

    Raises:
        InputError: Each message names the repair.
    """
    source.check_version(version)
    _make(folder)
    with _alone(folder):
        licence = _licence(source, patience, say)
        file = persevere(lambda: _try_once(source, version, folder, say, patience), source, patience, say)
    return {"source": str(source), "version": version, "licence": licence, "url": source.page, "files": [_facts(file)]}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made: {error.strerror}. Name another, or correct its "
                         "rights.") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A lock on the folder itself, which dies with the process: two would write into one partial file."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        if not flock.taken(lock):
            raise InputError(f"Another process downloads into {folder} already. Wait for it and run again.")
        yield
    finally:
        os.close(lock)


def _licence(source: KaggleSource, patience: Patience, say: Say) -> str:
    if isinstance(source, KaggleCompetition):
        return f"rules of the competition: {source.terms_page}"
    told = persevere(lambda: describe(source, patience), source, patience, say)
    return told.licence or f"not told by Kaggle; see {source.page}"


def _try_once(source: KaggleSource, version: int | None, folder: Path, say: Say, patience: Patience) -> Path:
    parcel = locate(source, version, patience)
    file = folder / local_name(source, version, parcel.name)
    if parcel.md5 and file.exists() and _md5(file) == parcel.md5:
        say(f"{file} is here already, and its checksum agrees")
        return file
    partial = _partial(file, parcel)
    say(f"Downloading {source}{f' version {version}' if version else ''} to {file}")
    transfer(source, parcel, partial, say, patience)
    _check(source, parcel, partial, file.name, say)
    partial.replace(file)
    return file


def _partial(file: Path, parcel: Parcel) -> Path:
    """The partial file of this very content. Parts of another content are removed, as nothing can go on from them."""
    content = hashlib.sha256(f"{parcel.md5} {parcel.etag}".encode()).hexdigest()[:12]
    partial = file.with_name(f"{file.name}.{content}.partial")
    for other in file.parent.glob(f"{file.name}.*.partial"):
        if other != partial or not (parcel.md5 or parcel.etag):     # without either nothing tells whose part it is
            other.unlink()
    return partial


def _check(source: KaggleSource, parcel: Parcel, partial: Path, name: str, say: Say) -> None:
    """Refuse what is not the content that the storage announced; a second time is a refusal for good."""
    if parcel.md5 is None:
        say("  Kaggle tells no checksum; the size alone is checked")
        wrong = None if _is_archive(partial, name) else f"what came for {name} is no such archive"
    else:
        md5 = _md5(partial)
        wrong = None if md5 == parcel.md5 else f"{name} came with md5 {_hex(md5)}; Kaggle announces {_hex(parcel.md5)}"
    if wrong:
        partial.unlink()
        raise Setback(wrong, f"Run again later, perhaps without a proxy. {by_hand(source)}", once=True)


def _is_archive(partial: Path, name: str) -> bool:
    """Whether the content is of the kind that its name says; true for names that say none."""
    if name.endswith(".zip"):
        return zipfile.is_zipfile(partial)
    return tarfile.is_tarfile(partial) if name.endswith((".tar", ".tar.gz", ".tgz")) else True


def _facts(file: Path) -> dict[str, object]:
    return {"name": file.name, "bytes": file.stat().st_size, "md5": _hex(_md5(file)), "sha256": sha256_of(file)}


def _md5(file: Path) -> str:
    """In base64, as storages write it. It finds damage; sha256 is what pins."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).digest()
    return base64.b64encode(digest).decode()


def _hex(md5: str) -> str:
    return base64.b64decode(md5).hex()
