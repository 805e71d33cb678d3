"""The sheet of the least believed labels, as one page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.reporting.face_sheets import data_uri, place_of
from fer_pipeline.reporting.page import environment, style

SHOWN = 60      # faces
PAIRS = 10      # confusions of emotions


@dataclass(frozen=True)
class Origin:
    """Whose faces they are and which networks doubt them."""

    description: str
    synthetic: bool
    entry: str
    recipe: str
    folds: int
    seed: int


@dataclass(frozen=True)
class Doubt:
    """One face of the sheet, by its place there in tiles.

    Attributes:
        confidence: Probability of the suggested emotion, in [0, 1].
    """

    x: int
    y: int
    row: int
    given: str
    suggested: str
    confidence: float
    picture: str


def sheet(ranked: pd.DataFrame, training: Faces, origin: Origin) -> str:
    """The page as one html text that needs no script, no network and no other file.

    Args:
        ranked: As `ranking` returns it.
        training: The same faces.
        origin: What the page says of them.
    """
    worst = ranked.head(SHOWN)
    position = pd.Series(np.arange(len(training)), index=training.row)
    template = environment().from_string(files(__package__).joinpath("label_issues.html.j2").read_text())
    return template.render(
        origin=origin, doubts=list(_doubts(worst)), data_uri=data_uri(training.pixels[position[worst["row"]]]),
        faces=len(ranked), issues=int(ranked["is_issue"].sum()),
        agreement=float((ranked["emotion"] == ranked["suggested"]).mean()), emotions=_by_emotion(ranked),
        pairs=_by_pair(ranked), style=style())


def _doubts(worst: pd.DataFrame) -> Iterator[Doubt]:
    for number, one in enumerate(worst.to_dict("records")):
        yield Doubt(*place_of(number), one["row"], one["emotion"], one["suggested"], one["probability_suggested"],
                    one["picture"])


def _by_emotion(ranked: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Emotion, its faces, and how many of their labels count as wrong."""
    faces, doubted = Counter(ranked["emotion"]), Counter(ranked.loc[ranked["is_issue"], "emotion"])
    return [(emotion, faces[emotion], doubted[emotion]) for emotion in EMOTIONS if faces[emotion]]


def _by_pair(ranked: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Given emotion, suggested one, and how many labels count as wrong so; the most frequent first."""
    doubted = ranked[ranked["is_issue"]]
    pairs = Counter(zip(doubted["emotion"], doubted["suggested"], strict=True))
    return [(given, suggested, number) for (given, suggested), number in pairs.most_common(PAIRS)]
