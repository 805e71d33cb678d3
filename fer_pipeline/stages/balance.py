"""Balance: Training without its quarantined faces, balanced by the chosen strategy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.balancing.strategies import balanced, loss_shares
from fer_pipeline.data.faces import Faces, emotion_counts, read_faces, write_faces
from fer_pipeline.errors import InputError
from fer_pipeline.ferplus.expected_labels import expected_labels
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams


def balance(
    balance: BalanceParams, training_file: Path, verdicts_file: Path, votes_file: Path, balanced_file: Path,
    counts_file: Path, origins_file: Path,
) -> None:
    """Write the faces to train on, what each emotion has before and after, and where every new face comes from.

    Raises:
        InputError: There is no face to train on, or one has a weight that cannot be trained with.
    """
    verdict = pd.read_parquet(verdicts_file)["verdict"]
    training = read_faces(training_file)
    sound = training.take((verdict != "quarantine").to_numpy())
    result = balanced(sound, balance)
    _refuse_unfit(result.faces, balance.strategy)
    write_faces(balanced_file, result.faces if balance.soft_labels == "none"
                else _with_soft_labels(result.faces, sound, pd.read_parquet(votes_file)))
    _counts(balance.strategy, training, result.faces).to_csv(counts_file, index=False)
    result.origins.to_csv(origins_file, index=False)
    print(f"{len(training):,} Training faces, {len(training) - len(sound)} quarantined, {len(result.faces):,} to train "
          f"on ({balance.strategy}), {len(result.origins):,} of them new", flush=True)


def _with_soft_labels(faces: Faces, sound: Faces, votes: pd.DataFrame) -> Faces:
    """What `votes` say of the label of every face, a new one as the face it descends from."""
    expected = expected_labels(votes.set_index("row").loc[sound.row], sound.emotion)
    return replace(faces, soft_labels=expected[pd.Index(sound.row).get_indexer(faces.row)])


def _refuse_unfit(faces: Faces, strategy: str) -> None:
    """Stop before anything is trained on it; the stage validate_balanced looks closer, beside the trainings."""
    if not len(faces):
        raise InputError("No Training face is left to train on: all are in quarantine. Repair the source, or take "
                         "findings out of validate.quarantine in params.yaml.")
    unfit = ~(np.isfinite(faces.weight) & (faces.weight > 0))
    if unfit.any():
        raise InputError(f"Strategy {strategy} gives {unfit.sum():,} of {len(faces):,} faces a weight that is not "
                         f"positive and finite, first {faces.weight[unfit][0]} to csv row {faces.row[unfit][0]}. "
                         "Choose other settings under 'balance' in params.yaml.")


def _counts(strategy: str, before: Faces, after: Faces) -> pd.DataFrame:
    weight = np.bincount(after.emotion, weights=after.weight, minlength=len(EMOTIONS))
    counts = emotion_counts(after)
    return pd.DataFrame(
        {
            "emotion": EMOTIONS, "before": emotion_counts(before), "after": counts,
            "weight": np.round(weight / np.maximum(counts, 1), 4),
            "share_before": np.round(loss_shares(before), 6), "share_after": np.round(loss_shares(after), 6),
            "strategy": strategy,
        }
    )
