"""Predictions as a csv, JSON or Parquet file: a row a face, written as they come, in place only when complete."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.batch import Outcome
from fer_pipeline.predicting.predictor import Prediction

PLACE = ("left", "top", "width", "height", "score")
FIELDS = ("file", "face", *PLACE, "emotion", "confidence", *EMOTIONS)
BLOCK_ROWS = 1_000      # of Parquet
Row = dict[str, Any]
Write = Callable[[Row], object]


def rows(outcome: Outcome) -> Iterator[Row]:
    """A row a face, numbered from 1; where the picture was a crop there is no place. Values stand in `FIELDS`."""
    for number, one in enumerate(outcome.predictions, 1):
        shares = [round(float(share), 6) for share in one.probabilities]
        values = (shown(outcome.file), number, *_place(one), one.emotion, max(shares), *shares)
        yield dict(zip(FIELDS, values, strict=True))


def shown(file: Path) -> str:
    """Its path as text that can be written; bytes that are no UTF-8 become \\x.."""
    return os.fsencode(file).decode(errors="backslashreplace")


def _place(one: Prediction) -> tuple[float | None, ...]:
    if one.face is None:
        return (None,) * len(PLACE)
    return tuple(round(float(getattr(one.face, name)), 3) for name in PLACE)


def require_writable(file: Path) -> None:
    """Refuse what could not be written, before any work.

    Raises:
        InputError: Another format, or no such folder.
    """
    if file.suffix.lower() not in FORMATS:
        raise InputError(f"{file} cannot be written: it ends in {file.suffix!r}. Allowed: {', '.join(FORMATS)}. "
                         "Correct --out.")
    if file.is_dir() or not file.absolute().parent.is_dir():
        problem = "it is a folder" if file.is_dir() else f"there is no folder {file.parent}"
        raise InputError(f"{file} cannot be written: {problem}. Correct --out.")


@contextmanager
def writer(file: Path) -> Iterator[Write]:
    """A function that writes a row; the file appears at the end of the block, and never if the block fails."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with FORMATS[file.suffix.lower()](part) as write:
            yield write
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _csv(file: Path) -> Iterator[Write]:
    with file.open("w", newline="", encoding="utf-8") as opened:
        table = csv.DictWriter(opened, FIELDS, lineterminator="\n")
        table.writeheader()
        yield table.writerow


@contextmanager
def _json(file: Path) -> Iterator[Write]:
    with file.open("w", encoding="utf-8") as opened:
        before = "[\n"

        def write(row: Row) -> None:
            nonlocal before
            opened.write(f"{before}{json.dumps(row)}")
            before = ",\n"

        yield write
        opened.write("[]\n" if before == "[\n" else "\n]\n")


@contextmanager
def _parquet(file: Path) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"file": pa.string(), "face": pa.int32(), "emotion": pa.string()}
    schema = pa.schema([(field, kinds.get(field, pa.float64())) for field in FIELDS])
    block: list[Row] = []
    with pq.ParquetWriter(file, schema) as table:

        def write(row: Row) -> None:
            block.append(row)
            if len(block) == BLOCK_ROWS:
                table.write_table(pa.Table.from_pylist(block, schema))
                block.clear()

        yield write
        table.write_table(pa.Table.from_pylist(block, schema))


FORMATS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {
    ".csv": _csv, ".json": _json, ".parquet": _parquet}
