"""Images: a source of any known layout to arrays, manifests and pictures, one a usage.

Rows that cannot be read go to quarantine.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.data.fer2013 import Block, Row, join
from fer_pipeline.data.manifest import columns, content_hashes
from fer_pipeline.data.pictures import submit_pictures
from fer_pipeline.data.side_by_side import shared, workers
from fer_pipeline.data.tables import write_table
from fer_pipeline.errors import InputError
from fer_pipeline.labels import Usage
from fer_pipeline.layouts.detection import detect
from fer_pipeline.layouts.own_split import decide
from fer_pipeline.layouts.trees import open_tree
from fer_pipeline.params import ImagesParams


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
    source = _read(source_file)
    told = [row for row in source.rows if row.number not in source.problems]
    faces = _faces(told, source.faces)
    usage = _usages(told, faces, images.split_seed)
    paths = np.array([row.path for row in told], object)
    places = {name: _places(usage, name, source_file.name) for name in Usage}
    parts = {name: faces.take(own) for name, own in places.items()}
    manifests_folder.mkdir(parents=True, exist_ok=True)
    files = dict(zip(Usage, (training_file, public_test_file, private_test_file), strict=True))
    with workers(parts) as pool:
        written = [pool.submit(_write_faces, file, name) for name, file in files.items()]
        written += submit_pictures(pool, pictures_folder, parts)
        write_table(raw_table_file, _raw_columns(source, faces.row, usage))
        for name in Usage:
            write_table(manifests_folder / f"{name}.parquet", columns(parts[name], name, paths[places[name]]))
            print(f"{name}: {len(parts[name]):,} faces", flush=True)
        for one in written:
            one.result()
    print(f"Quarantined rows: {len(source.problems)}", flush=True)


def _places(usage: np.ndarray, name: Usage, source: str) -> Any:
    """Index of a usage's faces: a slice, which copies nothing, where they stand together."""
    own = np.flatnonzero(usage == name)
    if not len(own):
        raise InputError(f"{source} has no readable face of usage {name}. Every usage needs faces; give the whole data "
                         "set.")
    first, last = own[0], own[-1]
    return slice(first, last + 1) if len(own) == last - first + 1 else own


def _read(source_file: Path) -> Block:
    with open_tree(source_file) as tree:
        layout = detect(tree)
        print(f"{tree.name}: {layout.name} ({layout.split})", flush=True)
        return join(layout.blocks(tree))


def _faces(told: list[Row], pixels: np.ndarray) -> Faces:
    return Faces(
        pixels=pixels,
        emotion=np.array([int(row.emotion) for row in told], np.uint8),
        row=np.array([row.number for row in told], np.int32),
        weight=np.ones(len(told), np.float32),
    )


def _usages(told: list[Row], faces: Faces, seed: int) -> np.ndarray:
    usage = np.array([row.usage for row in told], object)
    known = set(usage) <= set(Usage)
    return usage if known else decide(usage, faces.emotion, content_hashes(faces.pixels), seed)


def _write_faces(file: Path, usage: Usage) -> None:
    write_faces(file, shared()[usage])


def _raw_columns(source: Block, sound: np.ndarray, usage: np.ndarray) -> dict[str, np.ndarray | list[Any]]:
    """The source's own rows without their pixels, for Great Expectations: text as read, and what is wrong with it.

    The rows that are `sound` have the usage that they were given.
    """
    told = np.array([row.usage[:20] for row in source.rows], object)
    told[sound] = usage
    problems = [source.problems.get(row.number, (None, None)) for row in source.rows]
    return {
        "row": np.array([row.number for row in source.rows]),
        "emotion": [row.emotion[:20] for row in source.rows],
        "usage": list(map(str, told)),
        "pixel_values": source.pixel_counts,
        "path": [row.path for row in source.rows],
        "problem": [kind for kind, _ in problems],
        "detail": [sentence for _, sentence in problems],
    }
