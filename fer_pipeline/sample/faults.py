"""Plants into a clean sample the faults that FER-2013 has, and broken rows that any csv may have.

Every row takes part in one fault at most, as copy or as original, so that each fault can be found and counted alone.
The shares are roughly those of FER-2013; broken rows have no model there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fer_pipeline.labels import EMOTIONS, FACE_SIZE, PIXELS, Usage
from fer_pipeline.sample.spoilt_pictures import relit, text_card

Row = tuple[str, str, str]  # emotion, pixels, Usage
Planted = dict[str, list[int]]

# Fault: share of the rows of the copy's usage, usage of the copy, usage of the original.
COPIES: dict[str, tuple[float, Usage, Usage]] = {
    "copy_in_training": (0.04, Usage.TRAINING, Usage.TRAINING),
    "copy_of_training_in_public_test": (0.08, Usage.PUBLIC_TEST, Usage.TRAINING),
    "copy_of_training_in_private_test": (0.08, Usage.PRIVATE_TEST, Usage.TRAINING),
    "copy_of_public_test_in_private_test": (0.01, Usage.PRIVATE_TEST, Usage.PUBLIC_TEST),
}
NEAR_COPIES: dict[str, tuple[float, Usage, Usage]] = {  # every second one is mirrored
    "near_copy_of_training_in_public_test": (0.02, Usage.PUBLIC_TEST, Usage.TRAINING),
    "near_copy_of_training_in_private_test": (0.02, Usage.PRIVATE_TEST, Usage.TRAINING),
}
CARD_SHARE = 0.0015  # of all rows, as the next
BLACK_SHARE = 0.0004
CONFLICTING_SHARE = 0.002
FEWEST = 2  # cards, black faces and conflicting labels
ROWS_A_BROKEN_ROW = 10_000  # one more broken row of each kind
RARE_EMOTION = EMOTIONS.index("disgust")  # has no face to lose to broken rows
BLACK_EMOTION = EMOTIONS.index("happy")  # one emotion for all, or black faces would conflict in their labels too
BLACK = " ".join(["0"] * PIXELS)
GREY_LEVELS = [str(level) for level in range(256)]

BREAKS: dict[str, Callable[[str, str, str], Row]] = {
    "broken_pixel_count": lambda emotion, pixels, usage: (emotion, pixels.rsplit(" ", 1)[0], usage),
    "broken_pixel_range": lambda emotion, pixels, usage: (emotion, pixels.rsplit(" ", 1)[0] + " 256", usage),
    "broken_emotion": lambda _, pixels, usage: (str(len(EMOTIONS)), pixels, usage),
    "broken_usage": lambda emotion, pixels, _: (emotion, pixels, "Test"),
    "broken_pixel_text": lambda emotion, pixels, usage: (emotion, pixels.rsplit(" ", 1)[0] + " x", usage),
    "broken_empty": lambda emotion, _, usage: (emotion, "", usage),
}


@dataclass(frozen=True)
class _Draft:
    """A sample in the making; `emotion` and `usage` are those before any fault, `free` marks rows without one."""

    rows: list[Row]
    emotion: np.ndarray
    usage: np.ndarray
    free: np.ndarray
    rng: np.random.Generator

    def choose(self, allowed: np.ndarray) -> int:
        """A random free row among the allowed, `(rows,)` bool; it is free no longer."""
        row = int(self.rng.choice(np.flatnonzero(self.free & allowed)))
        self.free[row] = False
        return row


def plant(rows: list[Row], rng: np.random.Generator) -> Planted:
    """Changes `rows` in place; returns fault names and the numbers of the rows changed, ascending."""
    emotion, usage = np.array([int(row[0]) for row in rows]), np.array([row[2] for row in rows])
    draft = _Draft(rows, emotion, usage, np.ones(len(rows), bool), rng)
    planted = _plant_broken(draft)
    planted["black"] = _plant_black(draft)
    for fault, (share, copies, originals) in COPIES.items():
        planted[fault] = _plant_copies(draft, share, copies, originals)
    planted["conflicting_label"] = _plant_conflicts(draft)
    for fault, (share, copies, originals) in NEAR_COPIES.items():
        planted[fault] = _plant_copies(draft, share, copies, originals)
        _prepare_anew(draft, planted[fault])
    planted["card"] = _plant_cards(draft)
    return {fault: sorted(planted[fault]) for fault in sorted(planted)}


def _plant_broken(draft: _Draft) -> Planted:
    """Broken rows of each kind in turn, one in each of equal stretches of the Training rows."""
    kinds = list(BREAKS) * max(1, len(draft.rows) // ROWS_A_BROKEN_ROW)
    number = np.arange(len(draft.rows))
    edges = np.linspace(0, (draft.usage == Usage.TRAINING).sum(), len(kinds) + 1)
    planted: Planted = {kind: [] for kind in BREAKS}
    for kind, first, end in zip(kinds, edges[:-1], edges[1:], strict=True):
        row = draft.choose((number >= first) & (number < end) & (draft.emotion != RARE_EMOTION))
        draft.rows[row] = BREAKS[kind](*draft.rows[row])
        planted[kind].append(row)
    return planted


def _plant_black(draft: _Draft) -> list[int]:
    happy = (draft.usage == Usage.TRAINING) & (draft.emotion == BLACK_EMOTION)
    black = [draft.choose(happy) for _ in range(max(FEWEST, round(BLACK_SHARE * len(draft.rows))))]
    for row in black:
        draft.rows[row] = (draft.rows[row][0], BLACK, draft.rows[row][2])
    return black


def _plant_copies(draft: _Draft, share: float, copies: Usage, originals: Usage) -> list[int]:
    """The pixels of an earlier row below the same emotion."""
    candidates = draft.usage == copies
    return [
        _copy(draft, candidates, lambda copy: (draft.usage == originals) & (draft.emotion == draft.emotion[copy]))
        for _ in range(max(1, round(share * candidates.sum())))
    ]


def _prepare_anew(draft: _Draft, copies: list[int]) -> None:
    for place, row in enumerate(copies):
        emotion, pixels, usage = draft.rows[row]
        face = np.array(pixels.split(" "), np.uint8).reshape(FACE_SIZE, FACE_SIZE)
        draft.rows[row] = (emotion, as_text(relit(face, draft.rng, mirrored=place % 2 == 1)), usage)


def _plant_cards(draft: _Draft) -> list[int]:
    common = (draft.usage == Usage.TRAINING) & (draft.emotion != RARE_EMOTION)
    cards = [draft.choose(common) for _ in range(max(FEWEST, round(CARD_SHARE * len(draft.rows))))]
    for row in cards:
        draft.rows[row] = (draft.rows[row][0], as_text(text_card(draft.rng)), draft.rows[row][2])
    return cards


def _plant_conflicts(draft: _Draft) -> list[int]:
    """The pixels of an earlier Training row below another emotion."""
    training = draft.usage == Usage.TRAINING
    return [
        _copy(draft, training, lambda copy: training & (draft.emotion != draft.emotion[copy]))
        for _ in range(max(FEWEST, round(CONFLICTING_SHARE * len(draft.rows))))
    ]


def _copy(draft: _Draft, candidates: np.ndarray, originals: Callable[[int], np.ndarray]) -> int:
    """Overwrites the pixels of a random candidate with those of a free, earlier original; returns the copy's number."""
    number = np.arange(len(draft.rows))
    for copy in draft.rng.permutation(np.flatnonzero(draft.free & candidates)):
        allowed = originals(copy) & (number < copy)
        if (draft.free & allowed).any():
            draft.free[copy] = False
            emotion, _, usage = draft.rows[copy]
            draft.rows[copy] = (emotion, draft.rows[draft.choose(allowed)][1], usage)
            return int(copy)
    raise ValueError(
        f"No face is left to copy among {len(draft.rows)} rows. Allowed: one fault a row, as copy or as original. "
        "Raise the number of sample faces, or lower the shares in faults.py."
    )


def as_text(face: np.ndarray) -> str:
    """Pixels of a face as a row of fer2013.csv has them."""
    return " ".join([GREY_LEVELS[level] for level in face.ravel().tolist()])
