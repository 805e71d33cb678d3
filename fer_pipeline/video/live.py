"""Faces of a camera while they happen: what comes too fast is dropped, so that answers never lag behind."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from fer_pipeline.video.newest import Newest
from fer_pipeline.video.tracks import Track

REMEMBERED = 1000       # frames, of which the figures tell
LATEST = 30             # frames, of which the rate is told


class Looks(Protocol):
    """What `steady.SteadyAnalyser` does."""

    def look(self, pixels: np.ndarray, second: float) -> Sequence[Track]:
        """The tracks in a frame."""
        ...


@dataclass
class Figures:
    """How it keeps up.

    Attributes:
        seconds: Since the first frame.
        captured: Frames that came.
        dropped: Of these, not looked at.
        shown: Frames answered.
        latencies: Seconds from capture to answer of the last frames.
        moments: When those were answered, by `time.perf_counter`.
    """

    seconds: float = 0.0
    captured: int = 0
    dropped: int = 0
    shown: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    moments: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def rate(self) -> float:
        """Frames a second by now."""
        last = list(self.moments)[-LATEST:]
        return (len(last) - 1) / (last[-1] - last[0]) if len(last) > 1 else 0.0

    @property
    def now(self) -> str:
        """How it keeps up by now, in a short line."""
        behind = self.latencies[-1] * 1000 if self.latencies else 0
        return f"{self.seconds:.1f} s: {self.rate:.1f} frames a second, {behind:.0f} ms from capture to answer"

    def __str__(self) -> str:
        passed = max(self.seconds, 1e-9)
        return (f"{self.seconds:.1f} s: {self.captured / passed:.1f} frames a second came, {self.shown / passed:.1f} "
                f"shown, {self.dropped} dropped; from capture to answer {_spread(self.latencies)}; "
                f"from frame to frame {_spread(np.diff(self.moments))}")


def _spread(seconds: Sequence[float] | np.ndarray) -> str:
    median, slow = np.quantile(seconds, [0.5, 0.95]) * 1000 if len(seconds) else (0, 0)
    return f"{median:.0f} ms, 95 % within {slow:.0f} ms"


def follow(newest: Newest, analyser: Looks, show: Callable[[np.ndarray, Sequence[Track], Figures], bool],
           figures: Figures) -> bool:
    """Look at the newest frame again and again, until the source ends or `show` says so.

    Args:
        newest: Started.
        analyser: Tells the faces.
        show: Takes the frame, its tracks and the figures; False ends it.
        figures: Kept up to date.

    Returns:
        Whether the source ended by itself.
    """
    started: float | None = None
    while (frame := newest.take()) is not None:
        started = frame.moment if started is None else started
        tracks = analyser.look(frame.pixels, frame.moment - started)
        now = time.perf_counter()
        figures.latencies.append(now - frame.moment)
        figures.moments.append(now)
        figures.shown += 1
        figures.seconds, figures.captured, figures.dropped = now - started, newest.captured, newest.dropped
        if not show(frame.pixels, tracks, figures):
            return False
    return True
