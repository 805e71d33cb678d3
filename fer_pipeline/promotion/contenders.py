"""Champion and challenger as their revisions hold them, and the two on the same PublicTest faces."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fer_pipeline.comparing.files import RevisionFiles
from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.metrics import Figures
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.labels import Usage
from fer_pipeline.params import PARAMS_FILE
from fer_pipeline.promotion.facing import faced, same_faces
from fer_pipeline.promotion.rule import Compared
from fer_pipeline.recipes import TestTime

CHAMPION = "artifacts/champion/champion.json"
MODEL = "artifacts/champion/model.keras"
PUBLIC_TEST = "data/prepared/public_test.npz"


@dataclass(frozen=True)
class Contender:
    """The network that `select` took at a revision.

    Attributes:
        name: Of the network.
        figures: On the PublicTest of that revision.
        flops: Floating-point operations a face, all its views.
        predictions_path: What it said there.
        test_time: The views that its recipe asks for.
    """

    name: str
    figures: Figures
    flops: int
    predictions_path: str
    test_time: TestTime


Ask = Callable[[Path, Path, Path, TestTime, Path], None]
"""Model, faces, former predictions, views: to predictions in the last file."""


def read_contender(files: RevisionFiles) -> Contender:
    """Read the contender of a revision.

    Raises:
        InputError: One of its files cannot be had.
    """
    record = json.loads(files.read(CHAMPION))
    name, is_student = record["architecture"], record["student_of"] is not None
    metrics = json.loads(files.read(f"artifacts/metrics/{Usage.PUBLIC_TEST}/{name}.json"))
    folder = "artifacts/students/predictions" if is_student else "artifacts/predictions"
    params: dict[str, Any] = YAML(typ="safe").load(io.BytesIO(files.read(str(PARAMS_FILE))))
    recipe = params["students" if is_student else "architectures"][name]
    return Contender(name, metrics, metrics["flops"] * metrics["views"], f"{folder}/{Usage.PUBLIC_TEST}/{name}.npz",
                     TestTime.model_validate(recipe.get("test_time", {})))


def compare(champion: RevisionFiles, challenger: RevisionFiles, ask: Ask, folder: Path) -> Compared:
    """Ask both the same PublicTest faces: those of the challenger's revision.

    What the champion said at its release stands if the faces are the same, to the pixel; otherwise it is asked again.

    Args:
        champion: The release.
        challenger: The revision that may replace it.
        ask: Asks a model about other faces.
        folder: For scratch files.
    """
    theirs, own = read_contender(champion), read_contender(challenger)
    said = _said(challenger, own, folder)
    answered = _champion_on_the_same(champion, theirs, challenger, ask, folder)
    return Compared(faced(said, answered), own.flops, theirs.flops)


def _said(files: RevisionFiles, contender: Contender, folder: Path) -> Predictions:
    return read_predictions(files.fetch(contender.predictions_path, folder))


def _champion_on_the_same(
    champion: RevisionFiles, theirs: Contender, challenger: RevisionFiles, ask: Ask, folder: Path
) -> Predictions:
    former_faces = read_faces(champion.fetch(PUBLIC_TEST, folder))
    faces_file = challenger.fetch(PUBLIC_TEST, folder)
    former_file = champion.fetch(theirs.predictions_path, folder)
    if same_faces(former_faces, read_faces(faces_file)):
        return read_predictions(former_file)
    again = folder / "asked_again.npz"
    ask(champion.fetch(MODEL, folder), faces_file, former_file, theirs.test_time, again)
    return read_predictions(again)
