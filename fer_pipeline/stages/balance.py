"""Balance: Training without its quarantined faces, balanced by the chosen strategy."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.balancing.strategies import STRATEGIES, emotion_counts
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams


def balance(
    balance: BalanceParams, training_file: Path, verdicts_file: Path, balanced_file: Path, counts_file: Path
) -> None:
    """Write the faces to train on and a table of what each emotion has before and after."""
    verdict = pd.read_parquet(verdicts_file)["verdict"]
    training = read_faces(training_file)
    sound = training.take((verdict != "quarantine").to_numpy())
    balanced = STRATEGIES[balance.strategy](sound, balance.seed)
    write_faces(balanced_file, balanced)
    _counts(balance.strategy, training, balanced).to_csv(counts_file, index=False)
    print(f"{len(training):,} Training faces, {len(training) - len(sound)} quarantined, {len(balanced):,} to train on "
          f"({balance.strategy})", flush=True)


def _counts(strategy: str, before: Faces, after: Faces) -> pd.DataFrame:
    weight = np.bincount(after.emotion, weights=after.weight, minlength=len(EMOTIONS))
    counts = emotion_counts(after)
    return pd.DataFrame(
        {
            "emotion": EMOTIONS, "before": emotion_counts(before), "after": counts,
            "weight": np.round(weight / np.maximum(counts, 1), 4), "strategy": strategy,
        }
    )
