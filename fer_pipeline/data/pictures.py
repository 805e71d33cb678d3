"""Faces as PNG files for people to look through."""

import os
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from itertools import product
from pathlib import Path

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import picture_path
from fer_pipeline.data.png import png_files
from fer_pipeline.data.side_by_side import shared
from fer_pipeline.labels import EMOTIONS, Usage

CHUNK_FACES = 100   # their files are built and written within the caches


def submit_pictures(pool: Executor, folder: Path, parts: Mapping[Usage, Faces]) -> list[Future[None]]:
    """Write FOLDER/USAGE/EMOTION/ROW.png for every face; the row number has five digits.

    A worker has a folder for itself, since two are no faster than one in the same; the largest go first.

    Args:
        pool: `workers` that share `parts`.
        folder: For all of them.
        parts: Faces of each usage.

    Returns:
        A future a folder, which has failed if a picture could not be written.
    """
    folders = {(usage, emotion): np.count_nonzero(parts[usage].emotion == emotion)
               for usage, emotion in product(parts, range(len(EMOTIONS)))}
    return [pool.submit(_write_folder, folder, *own) for own in sorted(folders, key=folders.__getitem__, reverse=True)]


def _write_folder(folder: Path, usage: Usage, emotion: int) -> None:
    (folder / usage / EMOTIONS[emotion]).mkdir(parents=True, exist_ok=True)
    faces: Faces = shared()[usage]
    own = np.flatnonzero(faces.emotion == emotion)
    for start in range(0, len(own), CHUNK_FACES):
        chunk = own[start:start + CHUNK_FACES]
        files = (f"{folder}/{picture_path(usage, emotion, row)}" for row in faces.row[chunk].tolist())
        for file, content in zip(files, png_files(faces.pixels[chunk]), strict=True):
            _write(file, content.data)


def _write(file: str, content: memoryview) -> None:
    """Write a file by three calls of the system; `Path.write_bytes` makes twice as many."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        if (written := os.write(opened, content)) < len(content):
            raise OSError(f"{file}: {written} of {len(content)} bytes were written. Make room on the disk.")
    finally:
        os.close(opened)
