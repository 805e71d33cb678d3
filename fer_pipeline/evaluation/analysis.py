"""All that is known of one model from what it says of PublicTest and PrivateTest. Nothing here chooses anything."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.calibration import calibration, tempered
from fer_pipeline.evaluation.crowd import crowd_agreement
from fer_pipeline.evaluation.face_sets import PRIVATE_TEST
from fer_pipeline.evaluation.intervals import bootstrap_intervals
from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.evaluation.resampling import resampled_rates, resampled_scores, resampling_weights
from fer_pipeline.evaluation.scores import mean_log_loss, scores
from fer_pipeline.evaluation.slices import Slice, accuracy_by_group, by_agreement, by_confidence, by_copies, by_quarter
from fer_pipeline.evaluation.slices import sharpness as sharpness_of
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import AnalyseParams


class Judged:
    """PrivateTest as every model meets it: its faces, what is odd about them, and the votes of FER+ if there are any.

    Attributes:
        cuts: Ways to cut it in groups that are the same for every model, by name.
        votes: A row a face; empty without FER+.
    """

    def __init__(self, faces: Faces, verdicts: pd.DataFrame, votes: pd.DataFrame) -> None:
        levels = faces.pixels.reshape(len(faces), -1).astype(np.float32)
        self.votes = votes
        self.cuts: dict[str, Slice] = {
            "brightness": by_quarter(levels.mean(axis=1)),
            "contrast": by_quarter(levels.std(axis=1)),
            "sharpness": by_quarter(sharpness_of(faces.pixels)),
            "copies": by_copies(verdicts),
            **({"agreement of FER+": by_agreement(votes)} if len(votes) else {}),
        }


def analysed(
    sets: Mapping[str, Predictions], temperature: float, judged: Judged, rule: AnalyseParams
) -> dict[str, Any]:
    """What becomes the file of one model.

    Args:
        sets: As `fer_pipeline.evaluation.face_sets.face_sets` returns them.
        temperature: Fitted on PublicTest.
        judged: PrivateTest.
        rule: The settings.
    """
    private_test = sets[PRIVATE_TEST]
    true, said = private_test.emotion_true, private_test.probabilities
    return {
        "model_sha256": private_test.model_sha256,
        "temperature": temperature,
        "sets": {name: _of_set(one.emotion_true, one.probabilities, temperature, rule) for name, one in sets.items()},
        "slices": {name: accuracy_by_group(private_test.emotion_pred == true, cut)
                   for name, cut in {**judged.cuts, "confidence": by_confidence(said)}.items()},
        "crowd": crowd_agreement(true, said, judged.votes) if len(judged.votes) else None,
    }


def _of_set(true: np.ndarray, said: np.ndarray, temperature: float, rule: AnalyseParams) -> dict[str, Any]:
    weights, softened = _weights(len(true), rule.replicates, rule.seed), tempered(said, temperature)
    return {
        "scores": scores(true, said),
        "intervals": bootstrap_intervals(resampled_scores(true, said, weights)),
        "emotion_intervals": _by_emotion(resampled_rates(true, said, weights)),
        "calibration": calibration(true, said),
        "calibrated": {**calibration(true, softened), "log_loss": mean_log_loss(true, softened)},
    }


@cache
def _weights(faces: int, replicates: int, seed: int) -> np.ndarray:
    """The same for every model, so drawn once for each number of faces."""
    return resampling_weights(faces, replicates=replicates, seed=seed)


def _by_emotion(rates: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return {emotion: bootstrap_intervals({name: values[:, index] for name, values in rates.items()})
            for index, emotion in enumerate(EMOTIONS)}
