"""From a frame to the tracks in it and what they show by now."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.video import searching
from fer_pipeline.video.smoothing import HALF_LIFE, smoothed
from fer_pipeline.video.tracks import Track, Tracker

SEARCH_SECONDS = 0.5    # from one search of a whole frame to the next
Work = Callable[[Predictor], list[Track]]


def _here(predictor: Predictor, work: Work) -> list[Track]:
    return work(predictor)


class Analyser:
    """A predictor that remembers the frames before.

    Attributes:
        predictor: Network and detector.
        search_seconds: From one search of a whole frame to the next.
    """

    def __init__(self, predictor: Predictor, search_seconds: float = SEARCH_SECONDS,
                 run: Callable[[Predictor, Work], list[Track]] = _here) -> None:
        """Start without memory.

        Args:
            predictor: Network and detector.
            search_seconds: From one search of a whole frame to the next; 0 searches every frame whole.
            run: Does the work on one frame, maybe in another thread and with another detector of the same kind.
        """
        self.predictor = predictor
        self.search_seconds = search_seconds
        self._run = run
        self._searched: float | None = None
        self._tracker = Tracker()

    def look(self, pixels: np.ndarray, second: float) -> list[Track]:
        """Tell the faces of the next frame.

        Args:
            pixels: `(height, width, 3)` uint8; red, green, blue.
            second: Later than the frames before.

        Returns:
            The tracks of the faces in it, oldest first.
        """
        return self._run(self.predictor, partial(self._look, pixels, second))

    def _look(self, picture: np.ndarray, second: float, predictor: Predictor) -> list[Track]:
        before = {track.number: track for track in self._tracker.alive}
        tracks = self._tracker.follow(second, self._faces(predictor.detector, picture, second))
        told = predictor.tell([predictor.cut(picture, track.face) for track in tracks],
                              [track.face for track in tracks])
        self._tracker.keep([_told(track, before.get(track.number), one.probabilities)
                            for track, one in zip(tracks, told, strict=True)])
        return self.seen

    @property
    def seen(self) -> list[Track]:
        """The tracks of the faces in the last frame looked at, oldest first."""
        return sorted((track for track in self._tracker.alive if track.seen == self._tracker.looked),
                      key=lambda track: track.number)

    @property
    def sure(self) -> list[Track]:
        """Of `seen`, those that are no spots which a detector took for faces once."""
        return [track for track in self.seen if track.sure]

    def memory(self) -> dict[str, Any]:
        """All that the next frame depends on, for JSON."""
        return {"searched": self._searched, "looked": self._tracker.looked, "given": self._tracker.given, "alive": [
            {"number": track.number, "seen": track.seen, "speed": track.speed, "probabilities": track.probabilities,
             "streak": track.streak, "sure": track.sure, "face": _plain(track.face)} for track in self._tracker.alive]}

    def remember(self, memory: dict[str, Any]) -> None:
        """Go on from what `memory` gave."""
        alive = [Track(**(kept | {"face": _face(kept["face"]), "speed": tuple(kept["speed"]),
                                  "probabilities": tuple(kept["probabilities"])})) for kept in memory["alive"]]
        self._searched = memory["searched"]
        self._tracker = Tracker(alive, memory["given"], memory["looked"])

    def _faces(self, detector: Detector, picture: np.ndarray, second: float) -> Sequence[Face]:
        self._tracker.forget()
        if self._searched is None or second - self._searched >= self.search_seconds:
            self._searched = second
            return detector.detect(picture)
        return searching.near(detector, picture, [track.expected(second) for track in self._tracker.alive])


def _told(track: Track, before: Track | None, said: np.ndarray) -> Track:
    if before is None:
        return replace(track, probabilities=smoothed((), said.tolist(), 0, HALF_LIFE))
    blended = smoothed(before.probabilities, said.tolist(), track.seen - before.seen, HALF_LIFE)
    return replace(track, probabilities=blended)


def _plain(face: Face) -> dict[str, Any]:
    numbers = {name: float(value) for name, value in vars(face).items() if name != "points"}
    return numbers | {"points": None if face.points is None else face.points.tolist()}


def _face(kept: dict[str, Any]) -> Face:
    return Face(**(kept | {"points": None if kept["points"] is None else np.array(kept["points"])}))
