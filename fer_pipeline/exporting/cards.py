"""The card of a network from the figures that its run wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import fitted_temperature
from fer_pipeline.evaluation.chosen_views import views_of
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.predicting.card import Accuracy, Card
from fer_pipeline.recipes import Recipe


@dataclass(frozen=True)
class Judged:
    """What a network said of the usages that guide and judge.

    Attributes:
        public_test: All its views; they decide the temperature and how many views there are.
        private_test: All its views.
    """

    public_test: Predictions
    private_test: Predictions


def read_judged(public_test_file: Path, private_test_file: Path, model_sha256: str) -> Judged:
    """Read predictions of one network.

    Raises:
        InputError: A file is missing or is of another model.
    """
    return Judged(*(_read(file, model_sha256) for file in (public_test_file, private_test_file)))


def _read(file: Path, model_sha256: str) -> Predictions:
    if not file.exists():
        raise InputError(f"The network has no predictions: {file} is not there. `dvc repro` makes them, `dvc checkout` "
                         "puts them there.")
    read = read_predictions(file)
    if read.model_sha256 != model_sha256:
        raise InputError(f"The network is the model {model_sha256}, and {file} is of the model {read.model_sha256}. "
                         "Predict with the network that is exported: `dvc repro`.")
    return read


def card_of(name: str, recipe: Recipe, judged: Judged, trained_on: str) -> Card:
    """The card without the figure of one view, which the exported file itself must say."""
    return Card(
        name=name, architecture=recipe.architecture, test_time=views_of(judged.public_test, recipe.test_time),
        temperature=fitted_temperature(judged.public_test.emotion_true, judged.public_test.probabilities),
        trained_on=trained_on, public_test=_accuracy(judged.public_test), private_test=_accuracy(judged.private_test),
        model_sha256=judged.public_test.model_sha256)


def with_one_view(card: Card, figures_of_one_view: Figures) -> Card:
    """The card with the PrivateTest figure of one view, which is the other one where the network has one alone."""
    accuracy = card.private_test if card.test_time.views == 1 else Accuracy.of(figures_of_one_view)
    return card.model_copy(update={"private_test_one_view": accuracy})


def words_of(provenance: Mapping[str, Any], profile: str) -> str:
    """What it was trained on, from the provenance that `acquire` wrote."""
    return f"Training of {provenance['description']} (profile {profile}, SHA-256 {provenance['sha256'][:12]})"


def _accuracy(predictions: Predictions) -> Accuracy:
    return Accuracy.of(figures(predictions.emotion_true, predictions.emotion_pred))
