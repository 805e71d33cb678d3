"""What explains the champion, as values for the page: occlusion maps, robustness, mean faces and hardest pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.examination.explained_faces import ExplainedFaces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.reporting.face_sheets import Tile, data_uri, place_of
from fer_pipeline.reporting.numbers import percent
from fer_pipeline.reporting.occlusion_sheet import ExplanationSheet, occlusion_sheet
from fer_pipeline.reporting.per_emotion import confusion
from fer_pipeline.reporting.robustness_figure import plot_robustness
from fer_pipeline.reporting.svg import inline_svg, page_style


@dataclass(frozen=True)
class MeanFace:
    """The mean of some faces, None of no face, and how many they are."""

    tile: Tile | None
    faces: int


@dataclass(frozen=True)
class MeanPair:
    """The mean of the faces labelled with an emotion, and of those predicted to have it."""

    emotion: str
    labelled: MeanFace
    predicted: MeanFace


@dataclass(frozen=True)
class MeanSheet:
    """Mean faces in `EMOTIONS` order and the address of their common picture."""

    pairs: list[MeanPair]
    data_uri: str


@dataclass(frozen=True)
class Confused:
    """Faces of one emotion that were called another, and their share of the faces of the true one, in [0, 1]."""

    emotion_true: str
    emotion_pred: str
    faces: int
    share: float


@dataclass(frozen=True)
class Explanations:
    """Everything that explanations.html.j2 shows.

    Attributes:
        sheet: Faces and their occlusion maps.
        robustness: Content of robustness.json.
        robustness_svg: Its figure; None if no corruption was tried.
        means: Mean faces.
        hardest: The most frequent confusions.
    """

    sheet: ExplanationSheet
    robustness: Mapping[str, Any]
    robustness_svg: Markup | None
    means: MeanSheet
    hardest: list[Confused]


def explanations(
    private_test: Faces, predictions: Predictions, explained: ExplainedFaces, robustness: Mapping[str, Any]
) -> Explanations:
    """Everything that explains the champion.

    Args:
        private_test: The faces of PrivateTest.
        predictions: What the champion said of them, in their order.
        explained: Content of occlusion.npz.
        robustness: Content of robustness.json.

    Raises:
        ValueError: These are not all of one model, or not of these faces.
    """
    _check_one_model(predictions, explained, robustness)
    return Explanations(
        occlusion_sheet(private_test, explained), robustness, _figure(robustness),
        mean_sheet(private_test.pixels, predictions), hardest_pairs(predictions))


def mean_sheet(pixels: np.ndarray, predictions: Predictions) -> MeanSheet:
    """Mean face of each true and of each predicted emotion.

    Args:
        pixels: `(faces, 48, 48)` uint8 in the order of the predictions.
        predictions: Of these faces.

    Raises:
        ValueError: There are not as many faces as predictions.
    """
    if len(pixels) != len(predictions.row):
        raise ValueError(f"Received {len(pixels)} faces and predictions of {len(predictions.row)}; expected the "
                         "PrivateTest faces that were predicted. Run the stage judge again.")
    pictures: list[np.ndarray] = []
    pairs = [MeanPair(emotion, _mean(pixels[predictions.emotion_true == index], emotion, pictures),
                      _mean(pixels[predictions.emotion_pred == index], emotion, pictures))
             for index, emotion in enumerate(EMOTIONS)]
    return MeanSheet(pairs, data_uri(np.array(pictures, np.uint8).reshape(-1, FACE_SIZE, FACE_SIZE)))


def hardest_pairs(predictions: Predictions, most: int = 10) -> list[Confused]:
    """The most frequent confusions, most frequent first; equally frequent ones by share, then in `EMOTIONS` order."""
    pairs = [Confused(EMOTIONS[true], EMOTIONS[pred], cell.faces, cell.share)
             for true, row in enumerate(confusion(predictions)) for pred, cell in enumerate(row)
             if true != pred and cell.faces]
    return sorted(pairs, key=lambda pair: (-pair.faces, -pair.share))[:most]


def _mean(faces: np.ndarray, emotion: str, pictures: list[np.ndarray]) -> MeanFace:
    """The mean of `faces`, added to `pictures`."""
    if not len(faces):
        return MeanFace(None, 0)
    pictures.append(np.rint(faces.mean(axis=0)))
    return MeanFace(Tile(*place_of(len(pictures) - 1), emotion), len(faces))


def _check_one_model(predictions: Predictions, explained: ExplainedFaces, robustness: Mapping[str, Any]) -> None:
    for what, found in (("Occlusion maps", explained.model_sha256), ("Robustness", robustness["model_sha256"])):
        if found != predictions.model_sha256:
            raise ValueError(f"{what} are of the model {found}, and the champion's predictions of "
                             f"{predictions.model_sha256}. Run the stage examine again.")


def _figure(robustness: Mapping[str, Any]) -> Markup | None:
    if not robustness["corruptions"]:
        return None
    kinds = ", ".join(f"{name.replace('_', ' ')} {percent(min(one['accuracy'] for one in kind['strengths']))} %"
                      for name, kind in robustness["corruptions"].items())
    with page_style():
        return Markup(inline_svg(
            plot_robustness(robustness), name="robustness",
            description="Dots: accuracy on corrupted PrivateTest faces by strength; "
                        f"{percent(robustness['clean']['accuracy'])} % on the faces as they are. Lowest: {kinds}."))
