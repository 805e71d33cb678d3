"""Images: a source of any known layout to arrays, manifests and pictures, one a usage.

Rows that cannot be read go to quarantine.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces, join, write_faces
from fer_pipeline.data.fer2013 import Block
from fer_pipeline.data.manifest import content_hashes, describe
from fer_pipeline.data.pictures import write_pictures
from fer_pipeline.data.side_by_side import batches
from fer_pipeline.errors import InputError
from fer_pipeline.labels import Usage
from fer_pipeline.layouts.detection import detect
from fer_pipeline.layouts.own_split import decide
from fer_pipeline.layouts.trees import open_tree
from fer_pipeline.params import ImagesParams

JOINED_BLOCKS = 8   # into arrays so large that the system gives memory for them in huge pages, many times as fast


def images(
    images: ImagesParams,
    source_folder: Path,
    raw_table_file: Path,
    training_file: Path,
    public_test_file: Path,
    private_test_file: Path,
    manifests_folder: Path,
    pictures_folder: Path,
) -> None:
    """Write the raw table, an array file and a manifest a usage, and PNG pictures."""
    (source_file,) = source_folder.iterdir()
    faces, raw_table = _read(source_file)
    hashes = content_hashes(faces.pixels)
    sound = raw_table["problem"].isna()
    told = raw_table.loc[sound, "usage"].to_numpy(object)
    usage = decide(told, faces.emotion, hashes, images.split_seed)
    raw_table.loc[sound, "usage"] = usage
    paths = raw_table.loc[sound, "path"].to_numpy()
    places = {name: _places(usage, name, source_file.name) for name in Usage}
    parts = {name: faces.take(own) for name, own in places.items()}
    raw_table.to_parquet(raw_table_file, index=False)
    manifests_folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as threads:
        written = [threads.submit(write_pictures, pictures_folder, name, part) for name, part in parts.items()]
        for name, file in zip(Usage, (training_file, public_test_file, private_test_file), strict=True):
            write_faces(file, parts[name])
            manifest = describe(parts[name], name, paths[places[name]], hashes[places[name]])
            manifest.to_parquet(manifests_folder / f"{name}.parquet", index=False)
            print(f"{name}: {len(parts[name]):,} faces", flush=True)
        for one in written:
            one.result()
    print(f"Quarantined rows: {(~sound).sum()}", flush=True)


def _places(usage: np.ndarray, name: Usage, source: str) -> Any:
    """Index of a usage's faces: a slice, which copies nothing, where they stand together."""
    own = np.flatnonzero(usage == name)
    if not len(own):
        raise InputError(f"{source} has no readable face of usage {name}. Every usage needs faces; give the whole data "
                         "set.")
    first, last = own[0], own[-1]
    return slice(first, last + 1) if len(own) == last - first + 1 else own


def _read(source_file: Path) -> tuple[Faces, pd.DataFrame]:
    parts: list[Faces] = []
    tables: list[pd.DataFrame] = []
    with open_tree(source_file) as tree:
        layout = detect(tree)
        print(f"{tree.name}: {layout.name} ({layout.split})", flush=True)
        for some in batches(_sound_faces(layout.blocks(tree), tables), JOINED_BLOCKS):
            parts.append(join(some))
    return join(parts), pd.concat(tables, ignore_index=True)


def _sound_faces(blocks: Iterator[Block], tables: list[pd.DataFrame]) -> Iterator[Faces]:
    """Faces of each block that are sound, its rows being told to `tables`."""
    for block in blocks:
        tables.append(_table(block))
        yield _sound(block)


def _sound(block: Block) -> Faces:
    keep = [index for index, row in enumerate(block.rows) if row.number not in block.problems]
    rows = [block.rows[index] for index in keep]
    return Faces(
        pixels=block.faces[keep] if block.problems else block.faces,
        emotion=np.array([int(row.emotion) for row in rows], np.uint8),
        row=np.array([row.number for row in rows], np.int32),
        weight=np.ones(len(rows), np.float32),
    )


def _table(block: Block) -> pd.DataFrame:
    """The source's own rows without their pixels, for Great Expectations: text as read, and what is wrong with it."""
    problems = [block.problems.get(row.number, (None, None)) for row in block.rows]
    return pd.DataFrame(
        {
            "row": [row.number for row in block.rows],
            "emotion": [row.emotion[:20] for row in block.rows],
            "usage": [row.usage[:20] for row in block.rows],
            "pixel_values": block.pixel_counts,
            "path": [row.path for row in block.rows],
            "problem": pd.array([kind for kind, _ in problems], dtype="str"),
            "detail": pd.array([sentence for _, sentence in problems], dtype="str"),
        }
    )
