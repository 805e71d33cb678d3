"""Folds of the Training faces: stratified, by seed, and no copy apart from its original."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS


def fold_of_each(emotion: np.ndarray, content: np.ndarray, *, folds: int, seed: int) -> np.ndarray:
    """Give every face the fold that it is held out in.

    A copy in another fold would let a network learn the very face that it is asked about, with its label.

    Args:
        emotion: `(faces,)` uint8.
        content: `(faces,)`, equal for faces of equal pixels; these stay together.
        folds: How many.
        seed: Of the assignment.

    Returns:
        `(faces,)` uint8, 0 to `folds` - 1, each emotion spread as evenly as groups of copies allow.

    Raises:
        InputError: Fewer than two folds, or an emotion with fewer different pictures than folds.
    """
    pictures = {index: len(set(content[emotion == index])) for index in np.unique(emotion)}
    rarest = min(pictures, key=lambda index: pictures[index])
    if not 2 <= folds <= pictures[rarest]:
        raise InputError(f"{folds} folds are not possible. Allowed are 2 to {pictures[rarest]}, as Training has "
                         f"{pictures[rarest]} different pictures of {EMOTIONS[rarest]}. Correct --folds.")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold = np.empty(len(emotion), np.uint8)
    for number, (_, held_out) in enumerate(splitter.split(emotion, emotion, content)):
        fold[held_out] = number
    return fold
