"""A real checkout of git and DVC with made runs in it: what `select` leaves, and nothing of the judging usage."""

import json
import shutil
from pathlib import Path

import numpy as np
from dvc.repo import Repo
from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.evaluation.metrics import figures
from fer_pipeline.evaluation.predictions import Predictions, write_predictions
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from tests.comparing.checkouts import ROOT, Checkout

MODEL = "artifacts/champion/model.keras"
FACES = 60
NETWORK = "net"


def make_checkout(folder: Path) -> Checkout:
    """With one stage that wrote all, and the artifacts section of the project's dvc.yaml."""
    folder.mkdir()
    made = Checkout(folder)
    made.run("git", "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "test"), ("user.email", "test@localhost")):
        made.run("git", "config", key, value)
    shutil.copyfile(ROOT / ".gitignore", folder / ".gitignore")
    Repo.init(str(folder)).close()
    outs = [MODEL, "artifacts/champion/champion.json", f"artifacts/predictions/PublicTest/{NETWORK}.npz",
            "data/prepared/public_test.npz"]
    metrics = [{f"artifacts/metrics/PublicTest/{NETWORK}.json": {"cache": False}}]
    YAML(typ="safe").dump({
        "stages": {"select": {"cmd": "true", "outs": outs, "metrics": metrics}},
        "artifacts": YAML(typ="safe").load(ROOT / "dvc.yaml")["artifacts"]}, folder / "dvc.yaml")
    made.write_params({NETWORK: {"architecture": "lenet5"}})
    return made


def write_run(made: Checkout, right: int, *, flops: int = 100, grey: int = 0, message: str = "run") -> str:
    """Leave a champion that has the first `right` faces right, commit it, and return the commit."""
    folder = made.folder
    files = {name: folder / path for name, path in {
        "model": MODEL, "record": "artifacts/champion/champion.json", "faces": "data/prepared/public_test.npz",
        "said": f"artifacts/predictions/PublicTest/{NETWORK}.npz",
        "metrics": f"artifacts/metrics/PublicTest/{NETWORK}.json"}.items()}
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
    emotion = np.arange(FACES, dtype=np.uint8) % len(EMOTIONS)
    files["model"].write_text(f"{right} right, {flops} FLOPs, grey {grey}")
    said = predictions(emotion, right, sha256_of(files["model"]))
    write_predictions(files["said"], said)
    write_faces(files["faces"], Faces(np.full((FACES, FACE_SIZE, FACE_SIZE), grey, np.uint8), emotion,
                                      np.arange(FACES, dtype=np.int32), np.ones(FACES, np.float32)))
    found = figures(said.emotion_true, said.emotion_pred)
    files["metrics"].write_text(json.dumps({**found, "flops": flops, "views": 2}))
    files["record"].write_text(json.dumps({"architecture": NETWORK, "student_of": None, **found}))
    made.lock()
    made.run("git", "add", ".")
    made.run("git", "commit", "--quiet", "--allow-empty", "--message", message)
    return made.run("git", "rev-parse", "HEAD").strip()


def predictions(emotion: np.ndarray, right: int, model_sha256: str) -> Predictions:
    """Of a network that has the first `right` faces right and the others wrong."""
    said = np.where(np.arange(len(emotion)) < right, emotion, (emotion + 1) % len(EMOTIONS))
    return Predictions(np.arange(len(emotion), dtype=np.int32), emotion, np.eye(len(EMOTIONS), dtype=np.float32)[said],
                       model_sha256)
