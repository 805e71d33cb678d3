"""The ffmpeg program that comes with imageio-ffmpeg: what a file holds, and running it."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from fer_pipeline.errors import InputError

STREAM = re.compile(r"Stream #\d+:\d+.*?: (Video|Audio): (\w+)(?: \((\w+) / 0x)?")
PICTURES = "(attached pic)"     # the cover of a song is no video
UNKNOWN = "none"                # what ffmpeg calls a codec that it does not know
UNFINISHED = "moov atom not found"      # of an mp4 whose end, with the table of its frames, was never written


@dataclass(frozen=True)
class Streams:
    """What a file holds.

    Attributes:
        video: Codec of the first video stream; None without one.
        video_tag: What the file itself calls that codec.
        sounds: Codecs of all sound streams.
        problem: Why ffmpeg cannot open the file: `UNFINISHED`, or its last words; None if it can.
    """

    video: str | None
    video_tag: str | None
    sounds: tuple[str, ...]
    problem: str | None = None


def program() -> str:
    """Path of ffmpeg.

    Raises:
        InputError: imageio-ffmpeg has no ffmpeg for this machine.
    """
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise InputError(f"imageio-ffmpeg has no ffmpeg for this machine: {error}. Install ffmpeg and name it in "
                         "IMAGEIO_FFMPEG_EXE.") from None


def run(arguments: Sequence[str]) -> str:
    """Run ffmpeg to its end.

    Returns:
        What it wrote to its output.

    Raises:
        InputError: It failed; with its last words.
    """
    done = subprocess.run([program(), "-y", "-nostdin", "-loglevel", "error", *arguments], capture_output=True,
                          text=True, errors="replace", check=False)
    if done.returncode:
        raise InputError(f"ffmpeg failed: {last_words(done.stderr)}. Make room on the disk, or see whether the file "
                         "plays to its end.")
    return done.stdout


def streams(file: Path) -> Streams:
    """What a file holds, by its headers."""
    said = subprocess.run([program(), "-nostdin", "-hide_banner", "-i", str(file)], capture_output=True, text=True,
                          errors="replace", check=False).stderr
    found = [STREAM.search(line) for line in said.splitlines() if PICTURES not in line]
    kinds = [match.groups() for match in found if match]
    videos = [(codec, tag) for kind, codec, tag in kinds if kind == "Video"]
    sounds = tuple(codec for kind, codec, _ in kinds if kind == "Audio")
    codec, tag = videos[0] if videos else (None, None)
    problem = UNFINISHED if UNFINISHED in said else last_words(said)
    return Streams(codec, tag, sounds, None if "Input #0" in said else problem)


def require_video(file: Path) -> Streams:
    """What a file holds.

    Raises:
        InputError: It is no video, was cut off, has no video stream, or one whose codec nobody here can read.
    """
    held = streams(file)
    if held.problem == UNFINISHED and _beginning(file)[4:8] == b"ftyp":
        raise InputError(f"{file} was cut off: the table of its frames, which ends an mp4, is missing. Copy or "
                         "download it again; a recording that was interrupted needs a repair program.")
    if held.problem:
        raise InputError(f"{file} is no video that can be read: it begins with {_beginning(file)!r}. Allowed: MP4, "
                         "MOV, MKV, WebM, AVI, animated GIF and what else FFmpeg reads. Correct the path, or convert "
                         "the file.")
    if held.video is None:
        sound = f"only sound ({', '.join(held.sounds)})" if held.sounds else "nothing that can be shown"
        raise InputError(f"{file} has no frames: it holds {sound}. Name a video, or record it again.")
    if held.video == UNKNOWN:
        raise InputError(f"The frames of {file} cannot be read: their codec {held.video_tag or 'has no name'} is "
                         "unknown to FFmpeg. Convert the file where it plays, e.g. to H.264.")
    return held


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(12)


def last_words(said: str) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it said nothing"
