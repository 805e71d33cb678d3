"""Figures of PrivateTest, the usage that judges: of one network or of a vote, by the same rule."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.predictions import Predictions


def judged(
    private_test: Predictions, public_test: Predictions, verdicts: pd.DataFrame
) -> tuple[Figures, Figures, Figures]:
    """Figures of PrivateTest, of PrivateTest without copies of earlier faces, and of PublicTest and PrivateTest merged.

    Args:
        private_test: Predictions of PrivateTest.
        public_test: Predictions of PublicTest by the same model.
        verdicts: A row a PrivateTest face, in the order of the faces, with the columns `copy_of_training` and
            `copy_of_public_test`.
    """
    copy = (verdicts["copy_of_training"] | verdicts["copy_of_public_test"]).to_numpy()
    true, pred = private_test.emotion_true, private_test.emotion_pred
    merged = (np.concatenate([public_test.emotion_true, true]), np.concatenate([public_test.emotion_pred, pred]))
    return figures(true, pred), figures(true[~copy], pred[~copy]), figures(*merged)


def write_judgement(files: tuple[Path, Path, Path], judgement: tuple[Figures, Figures, Figures]) -> None:
    """Write the three sets of figures that `judged` gives, a JSON file each."""
    for file, found in zip(files, judgement, strict=True):
        file.write_text(json.dumps(found, indent=2) + "\n")


def in_words(judgement: tuple[Figures, Figures, Figures]) -> str:
    """The accuracies that count, as one line."""
    private_test, without_copies, _ = judgement
    return f"PrivateTest: accuracy {private_test['accuracy']:.1%}, without copies {without_copies['accuracy']:.1%}"
