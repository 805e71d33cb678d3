"""Usages for pictures whose names tell none: stratified, by seed, and no copy apart from its original."""

import numpy as np

from fer_pipeline.labels import Usage
from fer_pipeline.layouts.class_folders import HELD_OUT, UNDECIDED

SHARES = {
    UNDECIDED: {Usage.TRAINING: 0.8, Usage.PUBLIC_TEST: 0.1, Usage.PRIVATE_TEST: 0.1},      # as in FER-2013
    HELD_OUT: {Usage.PUBLIC_TEST: 0.5, Usage.PRIVATE_TEST: 0.5},
}


def decide(usage: np.ndarray, emotion: np.ndarray, content: np.ndarray, seed: int) -> np.ndarray:
    """Give every face a usage.

    Args:
        usage: `(faces,)` object: a usage, `UNDECIDED` or `HELD_OUT`.
        emotion: `(faces,)` uint8.
        content: `(faces,)`, equal for faces of equal pixels; these stay together.
        seed: Of the split.

    Returns:
        `(faces,)` object, usages only. Within each emotion and kind the shares are met as nearly as groups of copies
        allow.
    """
    import pandas as pd  # a third of a second, only where it is needed

    decided = usage.copy()
    random = np.random.default_rng(seed)
    for kind, shares in SHARES.items():
        own = np.flatnonzero(usage == kind)
        groups = pd.DataFrame({"emotion": emotion[own], "content": content[own]}).groupby("content", sort=False)
        first_emotion, size = groups["emotion"].first(), groups.size()
        given: dict[str, str] = {}
        for label in sorted(first_emotion.unique()):
            members = random.permutation(size.index[first_emotion == label].to_numpy())
            given |= dict(zip(members, _share_out(size[members].to_numpy(), shares), strict=True))
        decided[own] = [given[one] for one in content[own]]
    return decided


def _share_out(sizes: np.ndarray, shares: dict[Usage, float]) -> list[str]:
    """A usage a group: where the middle of the group falls on the line of shares."""
    middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    bounds = np.cumsum(list(shares.values()))[:-1]
    return [str(list(shares)[index]) for index in np.searchsorted(bounds, middles, side="right")]
