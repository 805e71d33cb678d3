"""The sample as rows of fer2013.csv: how many faces of each emotion in each usage, and their pixels as text."""

from dataclasses import dataclass

import numpy as np

from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.sample.drawing import draw_faces
from fer_pipeline.sample.faults import Row, as_text, plant

FEWEST_FACES = 140  # a tenth is 14: two of each emotion in PublicTest and in PrivateTest
FEWEST_OF_EMOTION = 2
TRAINING_COUNTS = (3995, 436, 4097, 7215, 4830, 3171, 4965)  # of FER-2013, in `EMOTIONS` order


@dataclass(frozen=True)
class Sample:
    """Synthetic faces in the layout of fer2013.csv, with known faults.

    `planted` names each kind of fault and the numbers of its rows (0 is the first data row). Of equal faces it lists
    the later row: the copy, not the original. Black faces are equal to each other and listed under `black` alone.
    """

    rows: list[Row]
    planted: dict[str, list[int]]


def make_sample(*, faces: int, seed: int) -> Sample:
    """Draws a sample: 80 % Training, then 10 % PublicTest, then 10 % PrivateTest, in FER-2013's imbalance.

    Args:
        faces: Data rows altogether, planted faults included.
        seed: Not negative; decides every byte of the sample.

    Raises:
        ValueError: Fewer than 140 faces, too few for two of each emotion in every usage.
    """
    if faces < FEWEST_FACES:
        raise ValueError(
            f"A sample of {faces} faces is too small. Allowed: {FEWEST_FACES} or more, so that every usage has "
            f"{FEWEST_OF_EMOTION} faces of each emotion. Raise the number of sample faces."
        )
    rng = np.random.default_rng(seed)
    usage = _usages(faces)
    emotion = np.concatenate([_emotions(int((usage == name).sum()), rng) for name in Usage])
    rows = _rows(emotion, draw_faces(emotion, seed=seed), usage)
    return Sample(rows, plant(rows, rng))


def _usages(faces: int) -> np.ndarray:
    """Usage of each row in file order, `(faces,)` str."""
    tenth = faces // 10
    return np.repeat([str(usage) for usage in Usage], [faces - 2 * tenth, tenth, tenth])


def _emotions(faces: int, rng: np.random.Generator) -> np.ndarray:
    """Emotion indices of one usage in random order, `(faces,)`."""
    shares = np.array(TRAINING_COUNTS) / sum(TRAINING_COUNTS)
    counts = np.maximum(np.floor(shares * faces).astype(int), FEWEST_OF_EMOTION)
    while counts.sum() > faces:
        counts[counts.argmax()] -= 1
    while counts.sum() < faces:
        counts[(shares * faces - counts).argmax()] += 1
    return rng.permutation(np.repeat(np.arange(len(EMOTIONS)), counts))


def _rows(emotion: np.ndarray, faces: np.ndarray, usage: np.ndarray) -> list[Row]:
    return [
        (str(number), as_text(face), str(name))
        for number, face, name in zip(emotion, faces, usage, strict=True)
    ]
