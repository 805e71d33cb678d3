"""Tables as parquet files for `pandas.read_parquet`, written without pandas, whose import takes a third of a second."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write_table(file: Path, columns: Mapping[str, Any]) -> None:
    """Write columns of one length: arrays, or lists of text in which None is nothing."""
    pq.write_table(pa.table({name: _column(values) for name, values in columns.items()}), file)


def _column(values: Any) -> pa.Array:
    return pa.array(values, pa.string()) if isinstance(values, list) else pa.array(values)
