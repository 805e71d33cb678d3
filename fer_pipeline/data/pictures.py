"""Faces as PNG files for people to look through."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import picture_path
from fer_pipeline.data.png import png_files
from fer_pipeline.data.side_by_side import CORES
from fer_pipeline.labels import EMOTIONS, Usage

CHUNK_FACES = 500


def write_pictures(folder: Path, usage: Usage, faces: Faces) -> None:
    """Write FOLDER/USAGE/EMOTION/ROW.png for every face; the row number has five digits."""
    for emotion in EMOTIONS:
        (folder / usage / emotion).mkdir(parents=True, exist_ok=True)
    files = [f"{folder}/{picture_path(usage, emotion, row)}"
             for emotion, row in zip(faces.emotion.tolist(), faces.row.tolist(), strict=True)]
    starts = range(0, len(files), CHUNK_FACES)
    with ThreadPoolExecutor(CORES) as threads:
        any(threads.map(_write_all, (files[start:start + CHUNK_FACES] for start in starts),
                        (faces.pixels[start:start + CHUNK_FACES] for start in starts)))


def _write_all(files: list[str], pixels: np.ndarray) -> None:
    for file, content in zip(files, png_files(pixels), strict=True):
        _write(file, content.data)


def _write(file: str, content: memoryview) -> None:
    """Write a file by three calls of the system; `Path.write_bytes` makes twice as many."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        if (written := os.write(opened, content)) < len(content):
            raise OSError(f"{file}: {written} of {len(content)} bytes were written. Make room on the disk.")
    finally:
        os.close(opened)
