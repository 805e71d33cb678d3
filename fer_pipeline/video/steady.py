"""Faces of a camera at a steady rate: no frame waits for a search of the whole picture."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from fer_pipeline.predicting import detection
from fer_pipeline.predicting.detection import Detector, Face
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.video import searching
from fer_pipeline.video.analysis import SEARCH_SECONDS, Analyser
from fer_pipeline.video.boxes import SAME, overlap


class SteadyAnalyser(Analyser):
    """Searches whole frames in a thread of its own; what that finds is looked for in the newest frame.

    When a new face is found thus depends on how fast the machine is; so files are analysed by `Analyser`.
    """

    def __init__(self, predictor: Predictor, search_seconds: float = SEARCH_SECONDS) -> None:
        """Start without memory.

        Args:
            predictor: Network and detector.
            search_seconds: From the end of one search of a whole frame to the start of the next.
        """
        super().__init__(predictor, search_seconds)
        self._whole = detection.detector(predictor.detector.name)   # a detector cannot be shared by two threads
        self._thread = ThreadPoolExecutor(1, "search")
        self._search: Future[list[Face]] | None = None

    def _faces(self, detector: Detector, picture: np.ndarray, second: float) -> Sequence[Face]:
        self._tracker.forget()
        known = [track.expected(second) for track in self._tracker.alive]
        new = [face for face in self._found(second) if all(overlap(face, one) < SAME for one in known)]
        self._search_again(picture, second)
        return searching.near(detector, picture, [*known, *new])

    def _found(self, second: float) -> list[Face]:
        """By a search that has ended since the last frame, in the frame that it was given."""
        if self._search is None or not self._search.done():
            return []
        found, self._search, self._searched = self._search.result(), None, second
        return found

    def _search_again(self, picture: np.ndarray, second: float) -> None:
        rested = self._searched is None or second - self._searched >= self.search_seconds
        if self._search is None and rested:
            self._search = self._thread.submit(self._whole.detect, picture)
