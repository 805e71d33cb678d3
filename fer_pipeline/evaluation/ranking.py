"""The order of architectures by PublicTest, and which of them have figures at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import read_predictions


@dataclass(frozen=True)
class Candidate:
    """An architecture that params.yaml names: its PublicTest figures, or why it has none."""

    architecture: str
    figures: Figures | None
    failure: str | None = None


def candidate(architecture: str, model_file: Path, predictions_file: Path) -> Candidate:
    """Look at what training and evaluation of one architecture left.

    Figures of an older model are none: the predictions name the model file that made them.
    """
    if not model_file.exists():
        return Candidate(architecture, None, "training failed, there is no model")
    if not predictions_file.exists():
        return Candidate(architecture, None, "evaluation failed, there are no predictions")
    predictions = read_predictions(predictions_file)
    if predictions.model_sha256 != sha256_of(model_file):
        return Candidate(architecture, None, "evaluation failed, its predictions are of an older model")
    return Candidate(architecture, figures(predictions.emotion_true, predictions.emotion_pred))


def ranked(candidates: Iterable[Candidate], sizes: Mapping[str, int]) -> list[Candidate]:
    """Candidates with figures, best first: by PublicTest accuracy, then the smaller model, then by name.

    Raises:
        InputError: None has figures.
    """
    candidates = list(candidates)
    with_figures = [(one.figures["accuracy"], one) for one in candidates if one.figures is not None]
    if not with_figures:
        raise InputError("No architecture could be trained and evaluated: "
                         + "; ".join(f"{one.architecture}: {one.failure}" for one in candidates)
                         + ". Repair one and run again.")
    with_figures.sort(key=lambda pair: (-pair[0], sizes[pair[1].architecture], pair[1].architecture))
    return [one for _, one in with_figures]


def say_left_over(models_folder: Path, architectures: Iterable[str]) -> None:
    """Name the models that params.yaml does not."""
    if left_over := sorted({file.stem for file in models_folder.glob("*.keras")} - set(architectures)):
        print(f"Ignored, as params.yaml does not name them: {', '.join(left_over)}", flush=True)
