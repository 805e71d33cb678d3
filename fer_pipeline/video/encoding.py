"""Frames written as H.264 while they are made, by an ffmpeg that reads them from a pipe."""

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.video import ffmpeg, timed_stream

QUALITY = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p")
TICKS = 90_000      # a second; whole for 24, 25, 30 and 60 frames and for 30,000 / 1,001


class Encoder:
    """A file that frames are written to. Use it in a `with` block; an exception inside abandons it."""

    def __init__(self, file: Path, rate: float) -> None:
        self._file, self._rate = file, rate
        self._process: subprocess.Popen[bytes] | None = None
        self._said = file.with_suffix(".log")

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._process is None:
            return
        if failed is not None:
            self._process.kill()
        self._close(self._process)
        if failed is None and self._process.returncode:
            raise self._failure()
        self._said.unlink()

    def write(self, pixels: np.ndarray, second: float) -> None:
        """Add a frame.

        Args:
            pixels: `(height, width, 3)` uint8; red, green, blue. Odd sizes repeat the last row or column.
            second: When it is shown; later than the frame before.
        """
        even = _even(pixels)
        planes = cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420)
        try:
            pipe = self._pipe(even)
            pipe.write(timed_stream.before_frame(second, planes.nbytes))
            pipe.write(planes.data)
        except BrokenPipeError:
            raise self._failure() from None

    def _pipe(self, pixels: np.ndarray) -> IO[bytes]:
        if self._process is None:
            with self._said.open("wb") as said:
                self._process = subprocess.Popen(
                    [ffmpeg.program(), "-y", "-loglevel", "error", "-f", "matroska", "-i", "pipe:0", "-fps_mode",
                     "passthrough", "-enc_time_base", f"1:{TICKS}", *QUALITY, "-video_track_timescale", str(TICKS),
                     "-f", "mp4", str(self._file)], stdin=subprocess.PIPE, stderr=said, start_new_session=True)
            self._in().write(timed_stream.head(pixels.shape[1], pixels.shape[0], self._rate))
        return self._in()

    def _in(self) -> IO[bytes]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("no encoder runs")
        return self._process.stdin

    def _close(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(BrokenPipeError):     # its return code says it
            self._in().close()
        process.wait()

    def _failure(self) -> InputError:
        said = ffmpeg.last_words(self._said.read_text(errors="replace"))
        return InputError(f"ffmpeg could not write {self._file}: {said}. Make room on the disk, or name another "
                          "folder with --out, and run the same command again: it goes on.")


def _even(pixels: np.ndarray) -> np.ndarray:
    """H.264 as all players show it takes even sizes alone."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        return np.asarray(cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE))
    return pixels
