"""What one process takes on."""

import os
from dataclasses import dataclass, field

from fer_pipeline.video.reading import Excerpt

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Of the service and of the page beside it.

    Attributes:
        body_bytes: Of one request, all its pictures together.
        files: Pictures in one request.
        pixels: Of one picture.
        parallel: Requests that compute at once, each on a thread of its own.
        waiting: Requests that may wait for one of those threads.
        upload_seconds: In which a request must have arrived.
        per_minute: Requests of one address, which may also come at once; 0 for any number.
        clip_bytes: Of a video on the page.
        clip: What the page looks at of a video.
        live_seconds: After which a live picture is started anew.
    """

    body_bytes: int = 10 * MEGABYTE
    files: int = 16
    pixels: int = 25_000_000
    parallel: int = field(default_factory=lambda: os.cpu_count() or 1)
    waiting: int = 16
    upload_seconds: float = 30
    per_minute: int = 300
    clip_bytes: int = 100 * MEGABYTE
    clip: Excerpt = Excerpt(seconds=20, rate=10, side=640)
    live_seconds: int = 120

    @classmethod
    def of(cls, per_minute: int, parallel: int | None) -> "Limits":
        """As a command is asked for; `parallel` is the cores where it says nothing."""
        return cls(per_minute=per_minute) if parallel is None else cls(per_minute=per_minute, parallel=parallel)
