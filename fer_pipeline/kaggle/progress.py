"""Progress of a download in lines."""

import time

from fer_pipeline.kaggle.patience import Say
from fer_pipeline.progress import bar, duration

MB = 1e6


class ByteProgress:
    """Says how far, how fast and how much longer, at most once in `every` seconds.

    Args:
        total: Bytes of the whole file; None if the server does not tell.
        done: Bytes here already.
        say: Takes one line.
        every: Seconds.
    """

    def __init__(self, total: int | None, done: int, say: Say, every: float) -> None:
        self._total, self._begun, self._done, self._say, self._every = total, done, done, say, every
        self._started = self._said = time.monotonic()

    def add(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            self._say(self._line(self._rate(now)))

    def summary(self) -> str:
        """e.g. `60.3 MB in 0:12, 5.0 MB/s`, of this connection."""
        now = time.monotonic()
        return (f"{(self._done - self._begun) / MB:.1f} MB in {duration(now - self._started)}, "
                f"{self._rate(now) / MB:.1f} MB/s")

    def _rate(self, now: float) -> float:
        return (self._done - self._begun) / max(now - self._started, 1e-6)

    def _line(self, rate: float) -> str:
        if not self._total:
            return f"  {self._done / MB:,.1f} MB  {rate / MB:.1f} MB/s"
        left = duration((self._total - self._done) / rate)
        return (f"  {bar(self._done / self._total)}  {self._done / MB:,.1f} of {self._total / MB:,.1f} MB"
                f"  {rate / MB:.1f} MB/s  ETA {left}")
