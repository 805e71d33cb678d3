"""Faces as PNG files for people to look through."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, Usage

FAST_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)     # 48×48 faces hardly shrink further, and it is the quickest level


def write_pictures(folder: Path, usage: Usage, faces: Faces) -> None:
    """Write FOLDER/USAGE/EMOTION/ROW.png for every face; the row number has five digits."""
    for emotion in EMOTIONS:
        (folder / usage / emotion).mkdir(parents=True, exist_ok=True)
    files = [folder / picture_path(usage, emotion, row)
             for emotion, row in zip(faces.emotion, faces.row, strict=True)]
    with ThreadPoolExecutor() as threads:
        any(threads.map(_write_all, *_chunks(files, faces.pixels)))


def picture_path(usage: str, emotion: int, row: int) -> Path:
    """Where the picture of a face is, within the folder of all."""
    return Path(usage, EMOTIONS[emotion], f"{row:05}.png")


def _chunks(files: list[Path], pixels: np.ndarray, size: int = 500) -> tuple[list[list[Path]], list[np.ndarray]]:
    starts = range(0, len(files), size)
    return [files[start:start + size] for start in starts], [pixels[start:start + size] for start in starts]


def _write_all(files: Iterable[Path], pixels: np.ndarray) -> None:
    for file, face in zip(files, pixels, strict=True):
        file.write_bytes(cv2.imencode(".png", face, FAST_PNG)[1].tobytes())
