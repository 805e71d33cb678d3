"""fer2013new.csv: read and checked, and checked against the source it is to be joined to."""

import csv
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.votes import TAGGERS, VOTES
from fer_pipeline.labels import Usage

COLUMNS = ("Usage", "Image name", *VOTES)
SHOWN = 5       # rows that a message names
WITHOUT = "run `fer ferplus none` to go without votes"


def checksum(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parse(content: bytes, name: str) -> pd.DataFrame:
    """Read the content of a fer2013new.csv.

    Args:
        content: Of the file.
        name: What messages call it.

    Returns:
        A frame with row (int32, the position), usage, image_name (empty for some) and the votes (uint8) of each row.

    Raises:
        InputError: It has other columns, no rows, an unknown Usage, or votes that ten taggers cannot have given.
    """
    table = _as_text(content, name)
    if table.empty:
        raise InputError(f"{name} has a header and no rows; expected one row a face. Fetch it again, or {WITHOUT}.")
    _refuse(table, ~table["Usage"].isin(list(Usage)), f"a Usage that is not one of {', '.join(Usage)}", name)
    _refuse(table, ~_whole_numbers(table), "votes that are not whole numbers from 0", name)
    votes = table[list(VOTES)].astype(np.uint8)
    _refuse(table, votes.sum(axis=1) > TAGGERS, f"more than {TAGGERS} votes", name)
    own = {"row": np.arange(len(table), dtype=np.int32), "usage": table["Usage"], "image_name": table["Image name"]}
    return pd.DataFrame(own).join(votes)


def _as_text(content: bytes, name: str) -> pd.DataFrame:
    try:
        header, *rows = [fields for fields in csv.reader(io.StringIO(content.decode())) if fields] or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{name} is no csv text: {error}. Give FER+'s fer2013new.csv, or {WITHOUT}.") from None
    if tuple(header) != COLUMNS:
        found = ", ".join(map(repr, header))[:200] or "no columns"
        raise InputError(f"{name} has {found}; expected the columns {', '.join(COLUMNS)}. Give FER+'s fer2013new.csv, "
                         f"or {WITHOUT}.")
    if ragged := [row for row, fields in enumerate(rows) if len(fields) != len(COLUMNS)]:
        first = "; ".join(f"row {row}: {','.join(rows[row])[:80]}" for row in ragged[:SHOWN])
        raise InputError(f"{name} has {len(ragged):,} rows with another number of fields than {len(COLUMNS)}. First: "
                         f"{first}. Fetch it again, or {WITHOUT}.")
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS), dtype=str)


def _whole_numbers(table: pd.DataFrame) -> "pd.Series[bool]":
    """Of one or two digits each: the sum is checked after this."""
    whole = table[list(VOTES)].apply(lambda column: column.str.fullmatch("[0-9]{1,2}"))
    return pd.Series(whole.all(axis=1))


def _refuse(table: pd.DataFrame, wrong: "pd.Series[bool]", what: str, name: str) -> None:
    if wrong.any():
        first = "; ".join(f"row {row}: {','.join(table.loc[row])[:80]}" for row in table.index[wrong][:SHOWN])
        raise InputError(f"{name} has {wrong.sum():,} rows with {what}. First: {first}. Fetch it again, or {WITHOUT}.")


def require_same_rows(votes: pd.DataFrame, raw_table: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
    """Check that row n of the votes is of face n of the source.

    FER+ names no picture of any other data set, so that the position of a row in fer2013.csv is all there is to join
    by. Rows whose own Usage cannot be read are not compared.

    Args:
        votes: As `parse` returns them.
        raw_table: Row, usage and path of every row of the source.
        provenance: Content of provenance.json.

    Raises:
        InputError: The source has no rows of fer2013.csv, another number of them, or other usages.
    """
    if provenance["synthetic"]:
        raise InputError(f"FER+ voted on FER-2013, and the source is {provenance['description']}. Give fer2013.csv by "
                         f"`fer source PATH`, or {WITHOUT}.")
    if raw_table["path"].ne("").any():
        raise InputError(f"FER+ votes belong to rows of fer2013.csv, and the source has none: its layout is "
                         f"{provenance['layout']} (split: {provenance['split']}), where a row is the position of a "
                         "picture's path. Give fer2013.csv or icml_face_data.csv by `fer source PATH`, or "
                         f"{WITHOUT}.")
    if len(votes) != len(raw_table):
        raise InputError(f"The votes have {len(votes):,} rows and the source has {len(raw_table):,}; they are joined "
                         f"by position and must have the same. Give both files whole, or {WITHOUT}.")
    _require_same_usages(votes, raw_table)


def _require_same_usages(votes: pd.DataFrame, raw_table: pd.DataFrame) -> None:
    pair = votes[["row", "usage"]].merge(raw_table[["row", "usage"]], on="row", suffixes=("_voted", "_source"))
    readable = pair["usage_source"].isin(list(Usage))
    other = pair[readable & (pair["usage_voted"] != pair["usage_source"])]
    if len(other):
        first = "; ".join(f"row {one.row}: {one.usage_voted} in the votes, {one.usage_source} in the source"
                          for one in other.head(SHOWN).itertuples())
        raise InputError(f"{len(other):,} rows have another Usage in the votes than in the source. First: {first}. One "
                         "of the files is not in the order of fer2013.csv: give the ones as published, or "
                         f"{WITHOUT}.")
