"""Balance: Training without its quarantined faces, balanced by the chosen strategy."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.balancing.strategies import balanced, loss_shares
from fer_pipeline.data.faces import Faces, emotion_counts, read_faces, write_faces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams


def balance(
    balance: BalanceParams, training_file: Path, verdicts_file: Path, balanced_file: Path, counts_file: Path,
    origins_file: Path,
) -> None:
    """Write the faces to train on, what each emotion has before and after, and where every new face comes from."""
    verdict = pd.read_parquet(verdicts_file)["verdict"]
    training = read_faces(training_file)
    sound = training.take((verdict != "quarantine").to_numpy())
    result = balanced(sound, balance)
    write_faces(balanced_file, result.faces)
    _counts(balance.strategy, training, result.faces).to_csv(counts_file, index=False)
    result.origins.to_csv(origins_file, index=False)
    print(f"{len(training):,} Training faces, {len(training) - len(sound)} quarantined, {len(result.faces):,} to train "
          f"on ({balance.strategy}), {len(result.origins):,} of them new", flush=True)


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
