"""The newest frame of a camera, a stream or a file played in real time: whoever is slower than it misses frames."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.video.reading import Video, open_capture, red_green_blue

PATIENCE_MS = 10_000    # for an address that does not answer
Source = int | str | Path


@dataclass(frozen=True)
class Captured:
    """A frame and when it came.

    Attributes:
        pixels: `(height, width, 3)` uint8; red, green, blue.
        moment: By `time.perf_counter`.
    """

    pixels: np.ndarray
    moment: float


class Newest:
    """A thread that reads all frames and keeps the last. Use it in a `with` block.

    Attributes:
        captured: Frames read so far.
        dropped: Of these, how many nobody took.
    """

    def __init__(self, source: Source) -> None:
        """Open a source.

        Args:
            source: Number of a camera, address of a stream, or a file.

        Raises:
            InputError: It is not there, or cannot be read.
        """
        self.captured = self.dropped = 0
        self._frame: Captured | None = None
        self._ended = False
        self._changed = threading.Condition()
        self._read = self._play(Video(source)) if isinstance(source, Path) else self._follow(_camera(source))
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)

    def __enter__(self) -> "Newest":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join(timeout=PATIENCE_MS / 1000)

    def take(self) -> Captured | None:
        """Wait for a frame that nobody has taken; None after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended)
            frame, self._frame = self._frame, None
            return frame

    def _run(self) -> None:
        try:
            for _ in self._read:
                if self._ended:
                    break
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _give(self, pixels: np.ndarray) -> None:
        with self._changed:
            self.captured += 1
            self.dropped += self._frame is not None
            self._frame = Captured(pixels, time.perf_counter())
            self._changed.notify_all()

    def _play(self, video: Video) -> Iterator[None]:
        """As a camera would give them: each frame at its second."""
        with video:
            started = time.perf_counter()
            for frame in video.frames():
                time.sleep(max(0.0, started + frame.second - time.perf_counter()))
                self._give(frame.pixels)
                yield

    def _follow(self, camera: cv2.VideoCapture) -> Iterator[None]:
        try:
            while True:
                there, pixels = camera.read()
                if not there:
                    return
                self._give(red_green_blue(pixels))
                yield
        finally:
            camera.release()


def _camera(source: int | str) -> cv2.VideoCapture:
    capture = open_capture(source, PATIENCE_MS)
    if not capture.isOpened():
        raise InputError(f"There is no camera {source}. {_cameras()} Plug one in, allow this user to open it (group "
                         "video), name another by --camera, or a stream or file by --source."
                         if isinstance(source, int) else
                         f"The stream {source} does not answer, or cannot be read. Correct the address, or see whether "
                         "it plays elsewhere.")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)     # where the driver allows it: no queue of old frames
    return capture


def _cameras() -> str:
    found = sorted(str(one) for one in Path("/dev").glob("video*"))
    return f"Found: {', '.join(found)}." if found else "This machine has none (/dev/video*)."
