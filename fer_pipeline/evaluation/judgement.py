"""Figures of PrivateTest, the usage that judges: of one network or of a vote, by the same rule."""

import json
from pathlib import Path

import pandas as pd

from fer_pipeline.evaluation.face_sets import MERGED, PRIVATE_TEST, WITHOUT_COPIES, face_sets
from fer_pipeline.evaluation.headline import Headline, headline
from fer_pipeline.evaluation.predictions import Predictions

Judgement = tuple[Headline, Headline, Headline]


def judged(private_test: Predictions, public_test: Predictions, verdicts: pd.DataFrame) -> Judgement:
    """Figures of PrivateTest, of PrivateTest without copies of earlier faces, and of PublicTest and PrivateTest merged.

    Args:
        private_test: Predictions of PrivateTest.
        public_test: Predictions of PublicTest by the same model.
        verdicts: As `fer_pipeline.evaluation.face_sets.face_sets` takes them.
    """
    sets = face_sets(public_test, private_test, verdicts)
    one, other, third = (headline(sets[name].emotion_true, sets[name].probabilities)
                         for name in (PRIVATE_TEST, WITHOUT_COPIES, MERGED))
    return one, other, third


def write_judgement(files: tuple[Path, Path, Path], judgement: Judgement) -> None:
    """Write the three sets of figures that `judged` gives, a JSON file each."""
    for file, found in zip(files, judgement, strict=True):
        file.write_text(json.dumps(found, indent=2) + "\n")


def in_words(judgement: Judgement) -> str:
    """The accuracies that count, as one line."""
    private_test, without_copies, _ = judgement
    return f"PrivateTest: accuracy {private_test['accuracy']:.1%}, without copies {without_copies['accuracy']:.1%}"
