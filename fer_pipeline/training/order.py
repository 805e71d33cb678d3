"""The order in which an epoch shows its faces, drawn from seed and epoch alone: a resumed training repeats it."""

import numpy as np


def shuffled(faces: int, shown: int, seed: int, epoch: int) -> np.ndarray:
    """Positions of `shown` of `faces` faces, `(shown,)` int32: each once before any again."""
    order = np.random.default_rng([seed, epoch]).permutation(faces)
    return np.asarray(np.resize(order, shown), np.int32)


def balanced(emotion: np.ndarray, shown: int, batch_size: int, seed: int, epoch: int) -> np.ndarray:
    """Positions of `shown` faces of which every batch holds equally many of each emotion, but for one.

    Over the epochs each face of an emotion is shown once before any of that emotion again: rare emotions repeat within
    an epoch, frequent ones show another part of their faces in the next.

    Args:
        emotion: Emotion indices of all faces, `(faces,)`; emotions that none has are left out.
        shown: Faces an epoch.
        batch_size: Faces a step; the last batch of the epoch may be shorter.

    Returns:
        `(shown,)` int32. A batch's faces come in random order.
    """
    wanted = np.resize(np.unique(emotion), shown)      # any stretch of this cycle holds as many of each, but for one
    order = np.empty(shown, np.int32)
    for index in np.unique(wanted):
        places = np.flatnonzero(wanted == index)
        own = np.flatnonzero(emotion == index)
        order[places] = own[_stretch(len(own), epoch * len(places), len(places), [seed, int(index)])]
    random = np.random.default_rng([seed, epoch])
    return np.concatenate([random.permutation(order[start:start + batch_size])
                           for start in range(0, shown, batch_size)])


def _stretch(faces: int, start: int, length: int, seed: list[int]) -> np.ndarray:
    """Part of an endless row of permutations of `faces`, each drawn from a seed of its own."""
    first, last = start // faces, (start + length - 1) // faces
    drawn = [np.random.default_rng([*seed, 1 + number]).permutation(faces) for number in range(first, last + 1)]
    return np.concatenate(drawn)[start - first * faces:][:length]
