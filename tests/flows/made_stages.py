"""Stages of a pipeline without any framework, for retraining: a copy of this file is their script.

`train` sleeps and goes on where it was killed; what it learns is the share of Training labels that are right, which the
first grey level of a face tells.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.census.findings import find
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.data.manifest import describe
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage

PREPARED, ARTIFACTS, NETWORK = Path("data/prepared"), Path("artifacts"), "lenet5"
MODEL = ARTIFACTS / "models" / f"{NETWORK}.keras"
CODE = "made_stages.py"
OUTS = {
    "acquire": ["data/raw/source", "data/raw/provenance.json"],
    "validate": ["data/prepared/training.npz", "data/prepared/public_test.npz", "data/prepared/manifests",
                 "data/prepared/findings", "artifacts/validation/summary.json"],
    "census_page": ["artifacts/validation/census.html"],
    "train": [str(MODEL)],
    "select": ["artifacts/champion/model.keras", "artifacts/champion/champion.json",
               f"artifacts/predictions/PublicTest/{NETWORK}.npz"],
}
DEPS = {"acquire": [], "validate": ["data/raw/source"], "census_page": ["artifacts/validation/summary.json"],
        "train": ["data/prepared/training.npz"], "select": [str(MODEL), "data/prepared/public_test.npz"]}


def pipeline() -> dict[str, object]:
    """The stages for dvc.yaml."""
    stages = {name: {"cmd": f"python {CODE} {name}", "deps": [CODE, *DEPS[name]], "outs": outs}
              for name, outs in OUTS.items()}
    stages["acquire"] |= {"cmd": f"python -m fer_pipeline.stages acquire {' '.join(OUTS['acquire'])}",
                          "params": ["acquire", "sample"]}
    stages["train"] |= {"params": [f"architectures.{NETWORK}"]}
    stages["select"] |= {"metrics": [{f"artifacts/metrics/PublicTest/{NETWORK}.json": {"cache": False}}]}
    return stages


def validate() -> None:
    (source,) = Path("data/raw/source").iterdir()
    table = pd.read_csv(source)
    faces = {usage: _faces(table[table["Usage"] == usage]) for usage in Usage}
    manifests = {usage: describe(one, usage) for usage, one in faces.items()}
    none = {usage: pd.DataFrame({"row": []}) for usage in Usage}
    pairs = pd.DataFrame({"usage": [], "other_usage": [], "exact": np.array([], bool), "row": []})
    found = find(manifests, pairs, none, near_constant_std=1.0)
    for usage in Usage:
        _made(PREPARED / "manifests" / f"{usage}.parquet", manifests[usage].to_parquet)
        _made(PREPARED / "findings" / f"{usage}.parquet", found[usage].to_parquet)
    write_faces(PREPARED / "training.npz", faces[Usage.TRAINING])
    write_faces(PREPARED / "public_test.npz", faces[Usage.PUBLIC_TEST])
    _json(ARTIFACTS / "validation" / "summary.json", {
        "rows": len(table), "quarantined_rows": {}, "faces": {usage: {"all": len(faces[usage])} for usage in Usage}})


def _faces(table: pd.DataFrame) -> Faces:
    pixels = np.array([np.array(text.split(), np.uint8) for text in table["pixels"]])
    return Faces(pixels.reshape(-1, FACE_SIZE, FACE_SIZE), table["emotion"].to_numpy(np.uint8),
                 table.index.to_numpy(np.int32), np.ones(len(table), np.float32))


def census_page() -> None:
    (ARTIFACTS / "validation" / "census.html").write_text("nobody reads this\n")


def train() -> None:
    from fer_pipeline.params import load_params
    from fer_pipeline.runtime.slots import device_slot
    from fer_pipeline.runtime.state import ResumeState

    epochs = load_params().architectures[NETWORK].epochs
    state = ResumeState(os.environ["DVC_STAGE"], fingerprint=f"{epochs}-{sha256_of(PREPARED / 'training.npz')}")
    done = int((state.load() or {"epochs": 0})["epochs"])
    if done:
        print(f"Going on after epoch {done}", flush=True)
    with device_slot(1, 1, owner="train"):
        for epoch in range(done, epochs):
            time.sleep(0.1)
            state.save({"epochs": np.array(epoch + 1)})
    faces = read_faces(PREPARED / "training.npz")
    learnt = float((faces.emotion == faces.pixels[:, 0, 0] % len(EMOTIONS)).mean())
    _json(MODEL, {"learnt": learnt})
    state.discard()


def select() -> None:
    content = MODEL.read_bytes()
    champion = ARTIFACTS / "champion" / "model.keras"
    champion.parent.mkdir(parents=True, exist_ok=True)
    champion.write_bytes(content)
    faces = read_faces(PREPARED / "public_test.npz")
    right = np.arange(len(faces)) < json.loads(content)["learnt"] * len(faces)
    said = np.where(right, faces.emotion, (faces.emotion + 1) % len(EMOTIONS))
    predictions = Predictions(faces.row, faces.emotion, np.eye(len(EMOTIONS), dtype=np.float32)[said], sha256_of(MODEL))
    _made(ARTIFACTS / "predictions/PublicTest" / f"{NETWORK}.npz", lambda file: write_predictions(file, predictions))
    found = figures(predictions.emotion_true, predictions.emotion_pred)
    _json(ARTIFACTS / "metrics/PublicTest" / f"{NETWORK}.json", {**found, "flops": 1000, "views": 1})
    _json(ARTIFACTS / "champion" / "champion.json", {"architecture": NETWORK, "student_of": None, **found})


def _made(file: Path, write) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file)


def _json(file: Path, content: dict) -> None:
    _made(file, lambda place: place.write_text(json.dumps(content)))


if __name__ == "__main__":
    from fer_pipeline.runtime.parent import end_with_parent

    end_with_parent()
    {"validate": validate, "census_page": census_page, "train": train, "select": select}[sys.argv[1]]()
