"""Tables as parquet files for `pandas.read_parquet`, written without pandas, whose import takes a third of a second.

`pyarrow.array` would import it; builders and buffers do not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write_table(file: Path, columns: Mapping[str, Any]) -> None:
    """Write columns of one length: arrays of numbers, or lists of text in which None is nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [_column(values) for values in columns.values()]
    pq.write_table(pa.Table.from_arrays(arrays, list(columns)), file)


def _column(values: np.ndarray | list[str | None]) -> Any:
    import pyarrow as pa

    if isinstance(values, list):
        texts = pa.lib.StringBuilder()
        texts.append_values(values)
        return texts.finish()
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, buffer])
