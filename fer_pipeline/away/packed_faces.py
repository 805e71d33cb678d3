"""All faces as one grey picture and a table, which is the smallest that they travel in without loss."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces, read_faces
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.origin import Origin, origin_of
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage

PICTURE, TABLE, ORIGIN = "faces.png", "rows.csv", "origin.json"
COLUMNS = 64        # faces side by side in the picture, row after row
PREPARED = {Usage.TRAINING: "balanced_training", Usage.PUBLIC_TEST: "public_test", Usage.PRIVATE_TEST: "private_test"}


def pack(checkout: Path, folder: Path) -> None:
    """Write faces.png and rows.csv of a checkout's faces, soft labels with them if there are any, and origin.json.

    Raises:
        InputError: A file of the checkout is missing, or balancing weighs faces or batches, which the table does not
            hold.
    """
    prepared = checkout / "data/prepared"
    faces = {usage: read_faces(prepared / f"{name}.npz") for usage, name in PREPARED.items()}
    training = faces[Usage.TRAINING]
    if training.balanced_batches or (training.weight != training.weight[0]).any():
        raise InputError(f"{prepared / 'balanced_training.npz'} weighs its faces or batches. Allowed: faces that count "
                         "alike. Set balance.strategy to none, oversampling or augmentation and run dvc repro balance.")
    pixels = np.concatenate([one.pixels for one in faces.values()])
    rows = -(-len(pixels) // COLUMNS)
    padded = np.zeros((rows * COLUMNS, FACE_SIZE, FACE_SIZE), np.uint8)
    padded[:len(pixels)] = pixels
    picture = padded.reshape(rows, COLUMNS, FACE_SIZE, FACE_SIZE).swapaxes(1, 2).reshape(rows * FACE_SIZE, -1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ORIGIN).write_text(origin_of(checkout).model_dump_json(indent=2) + "\n")
    cv2.imwrite(str(folder / PICTURE), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    pd.concat([_table(one, usage) for usage, one in faces.items()]).to_csv(folder / TABLE, index=False)


def _table(faces: Faces, usage: Usage) -> pd.DataFrame:
    table = pd.DataFrame({"row": faces.row, "emotion": faces.emotion, "usage": str(usage)})
    return table if faces.soft_labels is None else table.join(pd.DataFrame(faces.soft_labels, columns=list(EMOTIONS)))


def unpack(folder: Path) -> dict[Usage, Faces]:
    """Faces by usage, each counting alike.

    Raises:
        InputError: A file is missing, or picture and table do not belong together.
    """
    picture, table = (_required(folder / name) for name in (PICTURE, TABLE))
    pixels, rows = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE), pd.read_csv(table)
    if pixels is None or pixels.shape[1] != COLUMNS * FACE_SIZE or pixels.size < len(rows) * FACE_SIZE ** 2:
        raise InputError(f"{picture} is {None if pixels is None else pixels.shape} and cannot hold the {len(rows):,} "
                         f"faces of {table}. Allowed: {COLUMNS} faces of {FACE_SIZE} px side by side. Pack them again.")
    if not rows["emotion"].between(0, len(EMOTIONS) - 1).all():
        raise InputError(f"{table} has emotions beyond 0 to {len(EMOTIONS) - 1}. Pack the faces again.")
    cut = pixels.reshape(-1, FACE_SIZE, COLUMNS, FACE_SIZE).swapaxes(1, 2).reshape(-1, FACE_SIZE, FACE_SIZE)[:len(rows)]
    return {usage: _of(cut, rows, usage) for usage in Usage}


def read_origin(folder: Path) -> Origin:
    """What the faces and the code that trains on them come from."""
    return Origin.model_validate_json(_required(folder / ORIGIN).read_text())


def _of(pixels: np.ndarray, rows: pd.DataFrame, usage: Usage) -> Faces:
    own = (rows["usage"] == usage).to_numpy()
    soft = rows.reindex(columns=EMOTIONS).to_numpy(np.float32)[own]     # NaN where there are none
    return Faces(pixels[own], rows["emotion"].to_numpy(np.uint8)[own], rows["row"].to_numpy(np.int32)[own],
                 np.ones(own.sum(), np.float32), soft_labels=None if np.isnan(soft).any() else soft)


def _required(file: Path) -> Path:
    if not file.is_file():
        raise InputError(f"There is no {file}. `python -m fer_pipeline.away pack` writes it.")
    return file
