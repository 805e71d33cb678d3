"""A run's folder with a network, its predictions and its faces, as the stages leave them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
from ruamel.yaml import YAML

from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.predictions import predict, write_predictions
from fer_pipeline.recipes import Recipe, TestTime

ENTRY = "own_entry"


@dataclass(frozen=True)
class Run:
    """Everything in `folder`.

    Attributes:
        temperature: By what the network says of PublicTest.
    """

    folder: Path
    recipe: Recipe
    temperature: float

    @property
    def model(self) -> Path:
        return self.folder / "artifacts/champion/model.keras"

    def predictions(self, usage: str) -> Path:
        return self.folder / f"artifacts/predictions/{usage}/{ENTRY}.npz"


def made_run(folder: Path, network_file: Path, recipe: Recipe, faces: Callable[..., Faces]) -> Run:
    """Make it: 21 faces of each usage."""
    network, test_time = keras.models.load_model(network_file), TestTime(horizontal_flip=True)
    recipe = recipe.model_copy(update={"test_time": test_time})
    for name in ("data/raw", "data/prepared", "artifacts/champion", "artifacts/students",
                 "artifacts/predictions/PublicTest", "artifacts/predictions/PrivateTest"):
        (folder / name).mkdir(parents=True)
    shutil.copyfile(network_file, folder / "artifacts/champion/model.keras")
    made = {name: faces(21, seed=seed) for seed, name in enumerate(("training", "public_test", "private_test"))}
    for name, some in made.items():
        write_faces(folder / f"data/prepared/{name}.npz", some)
    said = predict(network, made["public_test"], test_time, sha256_of(network_file))
    write_predictions(folder / f"artifacts/predictions/PublicTest/{ENTRY}.npz", said)
    write_predictions(folder / f"artifacts/predictions/PrivateTest/{ENTRY}.npz",
                      predict(network, made["private_test"], test_time, said.model_sha256))
    (folder / "artifacts/champion/champion.json").write_text(json.dumps({"architecture": ENTRY}))
    (folder / "data/raw/provenance.json").write_text(json.dumps(
        {"description": "21 random faces", "sha256": "ab" * 32}))
    settings = {"profile": "tiny", "architectures": {ENTRY: recipe.model_dump(mode="json")}, "students": {}}
    YAML(typ="safe").dump(settings, folder / "params.yaml")
    return Run(folder, recipe, fitted_temperature(said.emotion_true, said.probabilities))
