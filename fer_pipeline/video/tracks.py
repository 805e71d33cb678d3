"""Which face of a frame is which face of the frames before.

Greedy association by intersection over union with where each face should be by now: SORT (Bewley et al. 2016, arXiv
1602.00763) with a fixed gain instead of a Kalman filter's, and, as in DeepSORT (Wojke et al. 2017, arXiv 1703.07402),
faces seen a moment ago choose first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from fer_pipeline.predicting.detection import Face
from fer_pipeline.video.boxes import moved, overlap
from fer_pipeline.video.smoothing import smoothed

LEAST_OVERLAP = 0.3     # SORT's
GAP = 1.0               # s; a face that was away for longer is a new track
SPEED_HALF_LIFE = 0.2   # s
SURE = 3                # looks in a row that tell a face from a spot; SORT's
UNSURE = 0.3            # s; after a longer absence it has to be told again


@dataclass(frozen=True)
class Track:
    """One face over time.

    Attributes:
        number: From 1, in order of appearance; given once.
        face: Where it was seen last.
        speed: Of its centre, in pixels a second across and down.
        seen: Second when it was seen last.
        probabilities: Smoothed, `(7,)`; empty before the first.
        streak: Looks in a row that saw it, up to the last one that did.
        sure: Whether it was seen so often in a row, or in the very first look, and not away for long since.
    """

    number: int
    face: Face
    seen: float
    speed: tuple[float, float] = (0.0, 0.0)
    probabilities: tuple[float, ...] = ()
    streak: int = 1
    sure: bool = False

    def expected(self, second: float) -> Face:
        """Where it should be by now, at unchanged speed."""
        passed = second - self.seen
        return moved(self.face, self.speed[0] * passed, self.speed[1] * passed)


class Tracker:
    """The tracks alive, from frame to frame.

    Attributes:
        alive: Away for no longer than `GAP`.
        given: Numbers given so far.
        looked: Second of the last frame followed; None before the first.
    """

    def __init__(self, alive: Sequence[Track] = (), given: int = 0, looked: float | None = None) -> None:
        self.alive = list(alive)
        self.given = given
        self.looked = looked

    def forget(self) -> None:
        """Drop the tracks that were away for longer than `GAP` when last looked for, however slow the looks are."""
        self.alive = [track for track in self.alive if self.looked is None or self.looked - track.seen <= GAP]

    def follow(self, second: float, faces: Sequence[Face]) -> list[Track]:
        """Tell whose faces these are.

        Args:
            second: Of the frame, later than those before.
            faces: Found in it.

        Returns:
            The track of each face, in the same order, which is a new one if no track is near.
        """
        self.forget()
        before, self.looked = self.looked, second
        owners = self._owners(second, faces)
        tracks = [_seen_at(owners[place], face, second, before) if place in owners
                  else self._new(face, second, sure=before is None) for place, face in enumerate(faces)]
        self.keep(tracks)
        return tracks

    def keep(self, tracks: Sequence[Track]) -> None:
        """Replace tracks by what is known of them now."""
        self.alive = list(({track.number: track for track in self.alive}
                           | {track.number: track for track in tracks}).values())

    def _owners(self, second: float, faces: Sequence[Face]) -> dict[int, Track]:
        """By position of the face."""
        latest = max((track.seen for track in self.alive), default=second)
        pairs = [(track.seen < latest, -overlap(track.expected(second), face), track.number, place, track)
                 for track, (place, face) in product(self.alive, enumerate(faces))]
        owners: dict[int, Track] = {}
        taken: set[int] = set()
        for _, near, number, place, track in sorted(pairs, key=lambda pair: pair[:4]):
            if -near >= LEAST_OVERLAP and place not in owners and number not in taken:
                owners[place] = track
                taken.add(number)
        return owners

    def _new(self, face: Face, second: float, *, sure: bool) -> Track:
        self.given += 1
        return Track(self.given, face, second, sure=sure)


def _seen_at(track: Track, face: Face, second: float, before: float | None) -> Track:
    passed = second - track.seen
    measured = [(now - before) / passed for now, before in zip(_centre(face), _centre(track.face), strict=True)]
    across, down = smoothed(track.speed, measured, passed, SPEED_HALF_LIFE)
    again = track.seen == before
    streak = track.streak + 1 if again else 1
    return replace(track, face=face, seen=second, speed=(across, down), streak=streak,
                   sure=streak >= SURE or (track.sure and (again or passed < UNSURE)))


def _centre(face: Face) -> tuple[float, float]:
    return face.left + face.width / 2, face.top + face.height / 2
