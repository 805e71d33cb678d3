"""The balanced Training set laid beside what it was made of, as tables for expectations."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from fer_pipeline.balancing.changes import OPERATIONS, change
from fer_pipeline.balancing.strategies import loss_shares
from fer_pipeline.data.faces import Faces, emotion_counts
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams


def evens_out(settings: BalanceParams) -> bool:
    """Whether the strategy has every emotion weigh the same in the loss."""
    if settings.strategy == "augmentation":
        return settings.target is None
    return settings.strategy in ("class_weights", "oversampling", "balanced_batches")


def faces_table(
    balanced: Faces, training: Faces, quarantined: Collection[int], origins: pd.DataFrame
) -> pd.DataFrame:
    """A row a face of the balanced set, and a row a line of origins.csv that fits none.

    Args:
        balanced: Faces to train on.
        training: All of Training.
        quarantined: Its csv rows that validation took out.
        origins: Position, row, emotion, operation and amount of new faces.

    Returns:
        A frame with row (of the csv), position, emotion, emotion_in_training, weight, operation, and in truth values
        of_training, quarantined, pixels_as_said, origin_fits. Null is what is not known.
    """
    names = np.array([*EMOTIONS, None], object)
    parent = pd.Index(training.row).get_indexer(balanced.row)
    table = pd.DataFrame({
        "row": balanced.row, "position": np.arange(len(balanced)), "weight": balanced.weight.astype(np.float64),
        "emotion": names[np.minimum(balanced.emotion, len(EMOTIONS))], "of_training": parent >= 0,
        "emotion_in_training": names[np.where(parent >= 0, training.emotion[parent], len(EMOTIONS))],
        "quarantined": np.isin(balanced.row, list(quarantined)),
        "pixels_as_said": _pixels_as_said(balanced, training, parent, origins)})
    return _with_origins(table, origins)


def _pixels_as_said(balanced: Faces, training: Faces, parent: np.ndarray, origins: pd.DataFrame) -> np.ndarray:
    said = (balanced.pixels == training.pixels[parent]).all(axis=(1, 2))
    for position, operation, amount in zip(origins["position"], origins["operation"], origins["amount"], strict=True):
        if position < len(said) and operation in OPERATIONS:
            made = change(training.pixels[parent[position]], operation, amount)
            said[position] = np.array_equal(balanced.pixels[position], made)
    return np.asarray(said & (parent >= 0))


def _with_origins(table: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    told = origins[["position", "operation"]].assign(told_row=origins["row"], told_emotion=origins["emotion"])
    both = table.merge(told.astype({"position": np.int64}), on="position", how="outer")
    told_of = both["told_row"].notna()
    fits = (both["row"] == both["told_row"]) & (both["emotion"] == both["told_emotion"])
    return both.assign(origin_fits=fits | ~told_of, row=both["row"].fillna(both["told_row"]).astype(np.int64))


def emotions_table(
    balanced: Faces, sound: Faces, counts: pd.DataFrame, settings: BalanceParams
) -> pd.DataFrame:
    """A row an emotion: faces before and after, what the strategy is to give, what counts.csv reports, its share.

    Args:
        balanced: Faces to train on.
        sound: Training without its quarantined faces.
        counts: What counts.csv holds.
        settings: The strategy.
    """
    with np.errstate(invalid="ignore"):     # infinite weights have no share; an expectation on weights tells them
        shares = loss_shares(balanced)[:len(EMOTIONS)]
    return pd.DataFrame({
        "row": EMOTIONS, "before": emotion_counts(sound), "after": emotion_counts(balanced)[:len(EMOTIONS)],
        "target": _target(emotion_counts(sound), settings),
        "reported": counts.set_index("emotion")["after"].reindex(EMOTIONS).to_numpy(),
        "share_of_loss": shares})


def _target(before: np.ndarray, settings: BalanceParams) -> np.ndarray:
    if settings.strategy not in ("oversampling", "augmentation"):
        return before
    wanted = before.max() if settings.target is None else settings.target
    return np.where(before > 0, np.maximum(before, wanted), 0)
