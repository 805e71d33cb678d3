"""Training faces that somebody decided against, from a list of csv rows that params.yaml pins."""

import pandas as pd

from fer_pipeline.checksum import pinned
from fer_pipeline.errors import InputError
from fer_pipeline.params import LeftOut

WHERE = "validate.left_out in params.yaml"
COLUMN = "row"
SHOWN = 5   # rows that a message names


def left_out(training: pd.DataFrame, listed: LeftOut) -> "pd.Series[bool]":
    """Whether each Training face is on the list.

    Args:
        training: A row a face, with its csv row in `row`.
        listed: A csv with a column `row`, others aside.

    Raises:
        InputError: The list is missing, another than was pinned, no such csv, or names rows that are no Training faces:
            evaluation usages keep every face, so that figures compare.
    """
    rows = _rows(listed)
    if len(strange := rows[~rows.isin(training["row"])]):
        raise InputError(f"{listed.file} lists {len(strange):,} rows that are no Training faces, first "
                         f"{', '.join(map(str, strange[:SHOWN]))}. Allowed: rows of Training that can be read. Take "
                         f"the others out of the list and pin it again: {WHERE}.")
    return pd.Series(training["row"].isin(rows))


def _rows(listed: LeftOut) -> "pd.Series[int]":
    file = pinned(listed.file, listed.sha256, "validate.left_out.file in params.yaml")
    try:
        table = pd.read_csv(file, dtype={COLUMN: "int64"})
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{file} is no list of rows: {str(error).splitlines()[0]}. Allowed: a csv whose column "
                         f"`{COLUMN}` holds whole numbers. Correct it and pin it again: {WHERE}.") from None
    if COLUMN not in table:
        raise InputError(f"{file} has the columns {', '.join(map(str, table.columns))}, and none is `{COLUMN}`. Name "
                         f"the column of csv rows so and pin the file again: {WHERE}.")
    return table[COLUMN]
