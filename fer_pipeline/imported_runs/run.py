"""The folder of one imported run, and the list of faces that all of them are about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_pipeline.distillation.teacher import Voters
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.imported_runs.origin import Origin
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.plain_zip import write_arrays
from fer_pipeline.recipes import Recipe, Student

FACES_FILE = "faces.csv"
COPIES = ["copy_of_training", "copy_of_public_test"]
JUDGED = {Usage.PUBLIC_TEST: "public_test", Usage.PRIVATE_TEST: "private_test"}     # names of arrays
SUM_ERROR = 5e-3    # of seven probabilities in float16


class Teacher(BaseModel):
    """One of those that taught a student, as teacher.json has it.

    Attributes:
        architecture: Its name: of a run, or of an entry of the checkout.
        votes: How often it counts.
        model_sha256: Of its model file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    architecture: str
    votes: int = Field(gt=0)
    model_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def teachers_of(voters: Voters) -> tuple[Teacher, ...]:
    """Those of a teacher.json."""
    return tuple(Teacher(architecture=name, votes=votes, model_sha256=voters.model_sha256[name])
                 for name, votes in voters.votes.items())


class Facts(Origin):
    """run.json: what must be known of a training beside its predictions and its origin.

    Attributes:
        entry: As params.yaml had it; a student's has its teacher.
        weights: What it started from: "none", "imagenet" or a file's name.
        seed: Of weights, order and augmentation.
        mixed_precision: bfloat16 beside float32.
        flops: Of one view of one face.
        views: Of each face, over which its predictions are the mean.
        model_sha256: Of the model file, which is kept as an export where it is the champion.
        training_seconds: Of all epochs, in one process.
        hardware: In words.
        versions: Of what computed it.
        teachers: Of a student; whose vote on Training it learnt.
        against: The run of which this one changes a thing, for the table of changes.
        note: What was expected of it and what came.
    """

    model_config = ConfigDict(protected_namespaces=())

    entry: dict[str, Any]
    weights: str
    seed: int
    mixed_precision: bool
    parameters: int = Field(gt=0)
    flops: int = Field(gt=0)
    views: int = Field(gt=0)
    file_bytes: int = Field(gt=0)
    model_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    epochs: int = Field(gt=0)
    training_seconds: float = Field(gt=0)
    hardware: str
    versions: dict[str, str]
    teachers: tuple[Teacher, ...] = ()
    against: str | None = None
    note: str = ""

    @property
    def recipe(self) -> Recipe:
        """The entry; a `Student` if it has a teacher."""
        return (Student if "teacher" in self.entry else Recipe).model_validate(self.entry)


@dataclass(frozen=True)
class ImportedRun:
    """One training.

    Attributes:
        name: Of its folder.
        history: A row an epoch, as the stage `train` writes it.
        predictions: By usage, for the faces of `faces.csv`; probabilities are float16 of float32.
    """

    name: str
    facts: Facts
    history: pd.DataFrame
    predictions: Mapping[Usage, Predictions]


def read_faces(folder: Path) -> pd.DataFrame:
    """The faces of PublicTest and PrivateTest: usage, row, emotion (0 to 6) and whose copies they are.

    Raises:
        InputError: The file is missing.
    """
    file = folder / FACES_FILE
    if not file.is_file():
        raise InputError(f"There is no {file}. `python -m fer_pipeline.imported_runs keep` writes it with the first "
                         "run.")
    return pd.read_csv(file)


def write_run(folder: Path, run: ImportedRun) -> None:
    """Write the three files; the same run gives the same bytes."""
    place = folder / run.name
    place.mkdir(parents=True, exist_ok=True)
    run.history.to_csv(place / "history.csv", index=False, float_format="%.8g")
    write_arrays(place / "predictions.npz",
                 {JUDGED[usage]: said.probabilities.astype(np.float16) for usage, said in run.predictions.items()})
    (place / "run.json").write_text(run.facts.model_dump_json(indent=2) + "\n")


def read_run(place: Path, faces: pd.DataFrame) -> ImportedRun:
    """Read what `write_run` wrote.

    Raises:
        InputError: A file is missing or is not what it should be.
    """
    try:
        facts = Facts.model_validate_json((place / "run.json").read_text())
        history = pd.read_csv(place / "history.csv")
        with np.load(place / "predictions.npz") as arrays:
            said = {usage: np.asarray(arrays[name], np.float32) for usage, name in JUDGED.items()}
    except (OSError, ValidationError, ValueError, KeyError) as error:
        raise InputError(f"{place} is no imported run: {_first_line(error)}. It holds run.json, history.csv and "
                         "predictions.npz, as `python -m fer_pipeline.imported_runs keep` writes them; write it "
                         "again, or take the folder out.") from None
    predictions = {usage: _predictions(place, usage, said[usage], faces, facts) for usage in JUDGED}
    return ImportedRun(place.name, facts, history, predictions)


def read_runs(folder: Path) -> list[ImportedRun]:
    """All of a folder, by name.

    Raises:
        InputError: There is none, or one cannot be read.
    """
    places = sorted(place for place in folder.iterdir() if place.is_dir()) if folder.is_dir() else []
    if not places:
        raise InputError(f"{folder} holds no imported run. `python -m fer_pipeline.imported_runs keep` writes one.")
    faces = read_faces(folder)
    return [read_run(place, faces) for place in places]


def _predictions(place: Path, usage: Usage, said: np.ndarray, faces: pd.DataFrame, facts: Facts) -> Predictions:
    own = faces[faces["usage"] == usage]
    if said.shape != (len(own), len(EMOTIONS)) or np.abs(said.sum(axis=1) - 1).max() > SUM_ERROR:
        raise InputError(f"{place / 'predictions.npz'} has {said.shape} numbers for {usage}. Allowed: {len(EMOTIONS)} "
                         f"probabilities, whose sum is 1, for each of the {len(own):,} faces of {FACES_FILE}. Write "
                         "the run again.")
    return Predictions(own["row"].to_numpy(), own["emotion"].to_numpy(np.uint8), said, facts.model_sha256, facts.views)


def _first_line(error: Exception) -> str:
    return json.dumps(str(error).splitlines()[0])[1:-1]
