"""From a video file to its annotated copy, its timeline and its chart."""

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from fer_pipeline.checksum import sha256_of
from fer_pipeline.predicting.annotation import marked
from fer_pipeline.video import timeline
from fer_pipeline.video.analysis import Analyser
from fer_pipeline.video.encoding import Encoder
from fer_pipeline.video.finishing import Outputs, finish
from fer_pipeline.video.reading import WHOLE, Excerpt, Frame, Video, no_frames
from fer_pipeline.video.resuming import Kept, Segments
from fer_pipeline.video.timeline import Told

SEGMENT_SECONDS = 10.0      # of the video, that a kill may cost
CUT_SHORT = 1.0             # s; a file that ends so much earlier than it says is told of


@dataclass(frozen=True)
class Wishes:
    """What is wanted of a run.

    Attributes:
        every: Analyse one frame in so many.
        annotated: Whether an annotated copy is wanted.
        excerpt: What is taken of the video at all.
    """

    every: int = 1
    annotated: bool = True
    excerpt: Excerpt = WHOLE


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        tracks: Of the video.
        frames: Of the video, that could be read.
        analysed: Of these.
        seconds: Length of the video.
        cut_short: Seconds that the file promises and does not have.
        goes_on: Whether the video has more than the excerpt that was wanted.
        made: Frames of this run; fewer than `frames` if it went on from an earlier one.
        took: Seconds that these took.
    """

    tracks: list[Told]
    frames: int
    analysed: int
    seconds: float
    cut_short: float
    goes_on: bool
    made: int
    took: float


def make(file: Path, outputs: Outputs, analyser: Analyser, wishes: Wishes,
         advance: Callable[[int, int], None] = lambda *_: None) -> Outcome:
    """Analyse a video, or go on where an earlier run was stopped.

    Args:
        file: The video.
        outputs: Where to; what is there is replaced once its successor is whole.
        analyser: One that has seen nothing yet.
        wishes: What is wanted.
        advance: Called after each frame with the frames done and those that the file says it has (0: it does not say).

    Raises:
        InputError: The video cannot be read, or the outputs not be written.
    """
    started = time.perf_counter()
    with Video(file, wishes.excerpt) as video, Segments(outputs.unfinished, _key(file, analyser, wishes)) as segments:
        before = segments.done[-1].frames if segments.done else 0
        if not (segments.done and segments.done[-1].last):
            _make_segments(video, segments, analyser, wishes, advance)
        tracks = finish(video, segments, outputs, wishes.every, annotated=wishes.annotated)
        end = segments.done[-1]
        return Outcome(tracks, end.frames, end.analysed, end.end, _missing(video, end), video.goes_on,
                       end.frames - before, time.perf_counter() - started)


def _key(file: Path, analyser: Analyser, wishes: Wishes) -> dict[str, Any]:
    one = analyser.predictor
    return {"video": sha256_of(file), "model": sha256_of(one.network.file), "detector": one.detector.name,
            "test_time": one.test_time.model_dump(mode="json"), "search_seconds": analyser.search_seconds,
            **asdict(wishes)}


def _make_segments(video: Video, segments: Segments, analyser: Analyser, wishes: Wishes,
                   advance: Callable[[int, int], None]) -> None:
    if segments.done:
        analyser.remember(segments.done[-1].memory)
    frames = video.frames(segments.done[-1].frames if segments.done else 0)
    while (frame := next(frames, None)) is not None:
        rest = _Segment(video, segments, analyser, wishes, advance).make(chain([frame], frames))
        frames = chain(rest, frames)
    if not segments.done:
        segments.remove()
        raise no_frames(video.file)


class _Segment:
    """One segment in the making."""

    def __init__(self, video: Video, segments: Segments, analyser: Analyser, wishes: Wishes,
                 advance: Callable[[int, int], None]) -> None:
        self._video, self._segments, self._analyser = video, segments, analyser
        self._wishes, self._advance = wishes, advance
        self._place = len(segments.done)
        self._analysed = segments.done[-1].analysed if segments.done else 0

    def make(self, frames: Iterator[Frame]) -> list[Frame]:
        """Take the frames of this segment.

        Returns:
            The first frame of the next segment; none after the last.
        """
        table, film = self._segments.part(self._place, ".csv"), self._segments.part(self._place, ".mp4")
        rest: list[Frame] = []
        start = last = None
        with table.open("w", newline="") as opened, self._encoder(film) as encoder:
            rows = csv.writer(opened, lineterminator="\n")
            for frame in frames:
                start = frame.second if start is None else start
                if frame.second - start >= SEGMENT_SECONDS:
                    rest = [frame]
                    break
                self._take(frame, frame.second - start, rows, encoder)
                last = frame
        if start is not None and last is not None:
            end = rest[0].second if rest else round(last.second + 1 / self._video.rate, 6)
            self._segments.keep(Kept(last.number + 1, self._analysed, start, end, self._analyser.memory(), not rest))
        return rest

    def _encoder(self, film: Path) -> Any:
        return Encoder(film, self._video.rate) if self._wishes.annotated else nullcontext()

    def _take(self, frame: Frame, second: float, rows: Any, encoder: Encoder | None) -> None:
        if frame.number % self._wishes.every == 0:
            self._analysed += 1
            rows.writerows(timeline.row(frame.second, frame.number, track)
                           for track in self._analyser.look(frame.pixels, frame.second))
        if encoder is not None:
            encoder.write(marked(frame.pixels, self._analyser.sure, bars=True), second)
        self._advance(frame.number + 1, self._video.frames_said)


def _missing(video: Video, end: Kept) -> float:
    promised = video.frames_said / video.rate - end.end
    return promised if promised > CUT_SHORT else 0.0
