"""Images: fer2013.csv to arrays, manifests and pictures, one a usage; rows that cannot be read go to quarantine."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.data.fer2013 import Block, read_blocks
from fer_pipeline.data.manifest import describe
from fer_pipeline.data.pictures import write_pictures
from fer_pipeline.errors import InputError
from fer_pipeline.labels import Usage


def images(
    csv_file: Path,
    raw_table_file: Path,
    training_file: Path,
    public_test_file: Path,
    private_test_file: Path,
    manifests_folder: Path,
    pictures_folder: Path,
) -> None:
    """Write the raw table, an array file and a manifest a usage, and PNG pictures."""
    usage, faces, raw_table = _read(csv_file)
    raw_table.to_parquet(raw_table_file, index=False)
    manifests_folder.mkdir(parents=True, exist_ok=True)
    for name, file in zip(Usage, (training_file, public_test_file, private_test_file), strict=True):
        part = faces.take(usage == name)
        if not len(part):
            raise InputError(f"{csv_file} has no readable face of usage {name}. Every usage needs faces; give a whole "
                             "fer2013.csv.")
        write_faces(file, part)
        describe(part, name).to_parquet(manifests_folder / f"{name}.parquet", index=False)
        write_pictures(pictures_folder, name, part)
        print(f"{name}: {len(part):,} faces", flush=True)
    print(f"Quarantined rows: {raw_table['problem'].notna().sum()}", flush=True)


def _read(csv_file: Path) -> tuple[np.ndarray, Faces, pd.DataFrame]:
    usages: list[np.ndarray] = []
    parts: list[Faces] = []
    tables: list[pd.DataFrame] = []
    with csv_file.open(newline="", encoding="utf-8") as lines:
        for block in read_blocks(lines, str(csv_file)):
            usage, faces = _sound(block)
            usages.append(usage)
            parts.append(faces)
            tables.append(_table(block))
    return np.concatenate(usages), _concatenate(parts), pd.concat(tables, ignore_index=True)


def _sound(block: Block) -> tuple[np.ndarray, Faces]:
    keep = [index for index, row in enumerate(block.rows) if row.number not in block.problems]
    rows = [block.rows[index] for index in keep]
    faces = Faces(
        pixels=block.faces[keep],
        emotion=np.array([int(row.emotion) for row in rows], np.uint8),
        row=np.array([row.number for row in rows], np.int32),
        weight=np.ones(len(rows), np.float32),
    )
    return np.array([row.usage for row in rows], object), faces


def _concatenate(parts: list[Faces]) -> Faces:
    return Faces(
        pixels=np.concatenate([part.pixels for part in parts]),
        emotion=np.concatenate([part.emotion for part in parts]),
        row=np.concatenate([part.row for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
    )


def _table(block: Block) -> pd.DataFrame:
    """The csv's own rows without their pixels, for Great Expectations: text as read, and what is wrong with it."""
    problems = [block.problems.get(row.number, (None, None)) for row in block.rows]
    return pd.DataFrame(
        {
            "row": [row.number for row in block.rows],
            "emotion": [row.emotion[:20] for row in block.rows],
            "usage": [row.usage[:20] for row in block.rows],
            "pixel_values": block.pixel_counts,
            "problem": pd.array([kind for kind, _ in problems], dtype="str"),
            "detail": pd.array([sentence for _, sentence in problems], dtype="str"),
        }
    )
