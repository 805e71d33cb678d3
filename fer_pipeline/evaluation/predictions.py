"""What a network says of each face of one usage, and which model file said it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.plain_zip import write_arrays
from fer_pipeline.recipes import TestTime

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Predictions:
    """Predictions for the faces of one usage, in row order.

    Attributes:
        row: `(faces,)` csv row numbers.
        emotion_true: `(faces,)` uint8.
        probabilities: `(faces, 7)` float32, each row summing to 1.
        model_sha256: Checksum of the model file that made them; another file's predictions are no figures of this one.
        views: Of each face, over which they are the mean.
    """

    row: np.ndarray
    emotion_true: np.ndarray
    probabilities: np.ndarray
    model_sha256: str
    views: int = 1

    @property
    def emotion_pred(self) -> np.ndarray:
        """Most probable emotion, `(faces,)`."""
        return np.asarray(self.probabilities.argmax(axis=1), np.uint8)

    def take(self, index: np.ndarray) -> "Predictions":
        """Those for the faces at `index`, a mask or positions."""
        return replace(self, row=self.row[index], emotion_true=self.emotion_true[index],
                       probabilities=self.probabilities[index])


def joined(parts: Sequence[Predictions]) -> Predictions:
    """One model's predictions for several usages as one, in order; there is one part at least."""
    return replace(parts[0], row=np.concatenate([part.row for part in parts]),
                   emotion_true=np.concatenate([part.emotion_true for part in parts]),
                   probabilities=np.concatenate([part.probabilities for part in parts]))


def predict(network: "keras.Model", faces: Faces, test_time: TestTime, model_sha256: str) -> Predictions:
    """Run `network` over all `faces`, each seen as `test_time` says."""
    said = probabilities(network, faces.pixels, test_time)
    return Predictions(faces.row, faces.emotion, said, model_sha256, test_time.views)


def write_predictions(file: Path, predictions: Predictions) -> None:
    """Write an .npz; the same predictions give the same bytes."""
    write_arrays(file, {"row": predictions.row, "emotion_true": predictions.emotion_true,
                        "probabilities": predictions.probabilities,
                        "model_sha256": np.array(predictions.model_sha256), "views": np.array(predictions.views)})


def read_predictions(file: Path) -> Predictions:
    """Read what `write_predictions` wrote."""
    with file.open("rb") as opened, np.load(opened) as arrays:
        return Predictions(arrays["row"], arrays["emotion_true"], arrays["probabilities"], str(arrays["model_sha256"]),
                           int(arrays["views"]) if "views" in arrays else 1)    # files of before views were told


def confusion_rows(predictions: Predictions) -> pd.DataFrame:
    """True and predicted emotion by name, a row a face, as `dvc plots` draws confusion matrices from."""
    names = np.array(EMOTIONS)
    return pd.DataFrame(
        {"emotion_true": names[predictions.emotion_true], "emotion_pred": names[predictions.emotion_pred]})
