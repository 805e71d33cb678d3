"""The timeline: a row a face and analysed frame, and what adds up over a track."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.annotation import emotion_of
from fer_pipeline.video.tracks import Track

COLUMNS = ("second", "frame", "track", "left", "top", "width", "height", "score", *EMOTIONS, "emotion")


@dataclass
class Told:
    """What is known of one track.

    Attributes:
        number: Of the track.
        first: Second of its first row.
        last: Second of its last row so far.
        rows: How many.
        seconds: Of each emotion: from each row to the next, where the next analysed frame shows the face too.
        frame: Of its last row so far.
        showing: Emotion of its last row so far.
    """

    number: int
    first: float
    last: float
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(EMOTIONS, 0.0))
    frame: int = 0
    showing: str = EMOTIONS[-1]

    @property
    def seen(self) -> float:
        """Seconds in sight, without those it was away for."""
        return sum(self.seconds.values())

    @property
    def mostly(self) -> str:
        """The emotion it showed longest; the only one of a single row."""
        return max(self.seconds, key=lambda one: self.seconds[one]) if self.seen else self.showing


def row(second: float, frame: int, track: Track) -> list[str]:
    """Of one face in one frame, as `COLUMNS`."""
    face = track.face
    box = [f"{edge:.1f}" for edge in (face.left, face.top, face.width, face.height)]
    return [f"{second:.3f}", str(frame), str(track.number), *box, f"{face.score:.3f}",
            *(f"{share:.4f}" for share in track.probabilities), emotion_of(track)]


def read(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a timeline one after another."""
    with file.open(newline="") as opened:
        yield from csv.DictReader(opened)


def tracks(file: Path, every: int) -> list[Told]:
    """What each track of a timeline showed for how long, in order of appearance.

    Args:
        file: The timeline.
        every: One frame in so many was analysed.
    """
    told: dict[int, Told] = {}
    for one in read(file):
        number, frame, second = int(one["track"]), int(one["frame"]), float(one["second"])
        track = told.setdefault(number, Told(number, second, second, frame=frame))
        if frame - track.frame <= every:
            track.seconds[track.showing] += second - track.last
        track.last, track.frame, track.showing, track.rows = second, frame, one["emotion"], track.rows + 1
    return list(told.values())
