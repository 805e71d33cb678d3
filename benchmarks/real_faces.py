"""Faces of the real fer2013.csv for benchmarks: FER_DATA names the file, or the folder that holds it."""

import os
from pathlib import Path

import numpy as np

from fer_pipeline.data.fer2013 import join
from fer_pipeline.data.piecewise import read_csv
from fer_pipeline.labels import Usage


def real_faces(usage: Usage, number: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Faces `(n, 48, 48)` uint8 and emotions `(n,)` of a usage; `number` of them, evenly spread, if given."""
    given = Path(os.environ.get("FER_DATA", "fer2013.csv"))
    file = given / "fer2013.csv" if given.is_dir() else given
    if not file.is_file():
        raise SystemExit(f"There is no {file}. FER_DATA must name the real fer2013.csv or its folder.")
    with file.open("rb") as opened:
        block = join(read_csv(opened, file.name))
    chosen = np.flatnonzero([row.usage == usage for row in block.rows])
    if number is not None and number < len(chosen):
        chosen = chosen[np.linspace(0, len(chosen) - 1, number).astype(int)]
    return block.faces[chosen], np.array([int(block.rows[place].emotion) for place in chosen])
