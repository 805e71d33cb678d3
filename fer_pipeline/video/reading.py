"""Frames of a video or a camera with their seconds, upright, by OpenCV's own FFmpeg."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.video import ffmpeg

USUAL_RATE = 25.0       # frames a second of a file that does not say it
HIGHEST_RATE = 1000.0   # beyond, a file states a time base, not a rate
ROUNDING = 1e-5         # s; stamps of 1 / 3 and the like
SILENT = "-8"           # of FFmpeg's log: what it would say there, our messages say


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        number: From 0.
        second: Since the first frame, by the file's time stamps, which need not be evenly spaced.
        pixels: `(height, width, 3)` uint8; red, green, blue.
    """

    number: int
    second: float
    pixels: np.ndarray


@dataclass(frozen=True)
class Excerpt:
    """What is taken of a video; all of it as it is if nothing else is said.

    Attributes:
        seconds: From its beginning.
        rate: Most frames a second; those between are left out.
        side: Most pixels of the longer side.
    """

    seconds: float = math.inf
    rate: float = math.inf
    side: float = math.inf


WHOLE = Excerpt()


class Video:
    """An open video. Use it in a `with` block.

    Attributes:
        file: Where it is.
        rate: Frames a second of those taken, on average, as the file says.
        frames_said: How many it says they are; 0 if it does not say.
        sounds: Codecs of its sound.
        goes_on: Whether frames after those of the excerpt were met.
    """

    def __init__(self, file: Path, excerpt: Excerpt = WHOLE) -> None:
        """Open it.

        Args:
            file: Any kind that FFmpeg reads.
            excerpt: What is taken of it.

        Raises:
            InputError: It is not there, empty, or no video that can be read.
        """
        self.file, self.goes_on, self._excerpt = file, False, excerpt
        self.sounds = ffmpeg.require_video(_content_checked(file)).sounds
        self._capture = open_capture(str(file))
        if not self._capture.isOpened():
            raise no_frames(file)
        said = self._capture.get(cv2.CAP_PROP_FPS)
        self._usual = said if 0 < said <= HIGHEST_RATE else USUAL_RATE
        seconds = min(excerpt.seconds, max(0.0, self._capture.get(cv2.CAP_PROP_FRAME_COUNT)) / self._usual)
        self.rate = min(excerpt.rate, self._usual)
        self.frames_said = round(seconds * self.rate)

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def frames(self, first: int = 0) -> Iterator[Frame]:
        """Each frame from number `first` on; those before are decoded, which alone finds the same ones again."""
        size: tuple[int, int] | None = None
        for number, second in enumerate(self._taken()):
            if number < first:
                continue
            decoded, pixels = self._capture.retrieve()
            if not decoded:
                return
            pixels = shrunk(red_green_blue(pixels), self._excerpt.side)
            size = size or pixels.shape[1::-1]
            yield Frame(number, second, pixels if pixels.shape[1::-1] == size else cv2.resize(pixels, size))

    def _taken(self) -> Iterator[float]:
        """Seconds of the frames grabbed that belong to the excerpt."""
        due, step = 0.0, 1 / self._excerpt.rate
        for second in self._seconds():
            if second >= self._excerpt.seconds:
                self.goes_on = True
                return
            if second >= due - ROUNDING:
                due = max(due, second - step) + step
                yield second

    def _seconds(self) -> Iterator[float]:
        """Of each frame grabbed; a stamp that does not grow is replaced by the usual distance."""
        start = second = None
        while self._capture.grab():
            stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            start = stamp if start is None else start
            told = stamp - start
            second = told if second is None or told > second else second + 1 / self._usual
            yield round(second, 6)


def red_green_blue(pixels: np.ndarray) -> np.ndarray:
    """As all but OpenCV have them."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def shrunk(pixels: np.ndarray, side: float) -> np.ndarray:
    """A picture `(height, width, 3)` uint8 with at most `side` pixels at its longer side."""
    factor = side / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    width, height = (max(1, round(length * factor)) for length in pixels.shape[1::-1])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def open_capture(source: str | int, patience_ms: int | None = None) -> cv2.VideoCapture:
    """A capture of a file, an address or a camera by number, which may not be open; nothing is written to stderr."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", SILENT)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    if isinstance(source, int):
        return cv2.VideoCapture(source)
    waits = [] if patience_ms is None else [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience_ms,
                                            cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience_ms]
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, waits)


def _content_checked(file: Path) -> Path:
    if file.is_dir():
        raise InputError(f"{file} is a folder. Name the videos in it, e.g. {file}/*.mp4.")
    try:
        file.open("rb").close()
    except FileNotFoundError:
        raise InputError(f"There is no video {file}. Correct the path.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}. Name a video that you may read.") from None
    if file.stat().st_size == 0:
        raise InputError(f"{file} is empty: 0 bytes. Save or download the video again.")
    return file


def no_frames(file: Path) -> InputError:
    """It has a video stream, with nothing in it."""
    return InputError(f"{file} has no frames that can be read. See whether it plays, or record it again.")
