"""Keras archives with the same bytes for the same network: no date of saving, no address in memory."""

import io
import json
import re
import tempfile
import zipfile
from pathlib import Path

import keras

from fer_pipeline.plain_zip import write_zip

SHARED_OBJECT = re.compile(rb'("shared_object_id": )(\d+)')


def archive_of(network: keras.Model) -> bytes:
    """The bytes of `network`'s .keras archive, whenever and wherever it is saved."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        network.save(file)
        return _without_dates(file.read_bytes())


def _without_dates(archive: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        write_zip(out, ((name, _plain(name, source.read(name))) for name in sorted(source.namelist())))
    return out.getvalue()


def _plain(name: str, content: bytes) -> bytes:
    if name == "metadata.json":
        return json.dumps(json.loads(content) | {"date_saved": "1980-01-01@00:00:00"}).encode()
    return _numbered_in_order(content) if name == "config.json" else content


def _numbered_in_order(config: bytes) -> bytes:
    """Keras names shared objects by their address in memory: number them as they come instead."""
    numbers: dict[bytes, int] = {}
    return SHARED_OBJECT.sub(
        lambda match: match[1] + str(numbers.setdefault(match[2], len(numbers))).encode(), config)
