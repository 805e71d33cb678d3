"""Segments of an mp4 joined, with the sound of the original beside them."""

import re
from collections.abc import Sequence
from pathlib import Path

from fer_pipeline.video import ffmpeg
from fer_pipeline.video.encoding import TICKS

AS_THEY_ARE = ("aac", "mp3", "ac3", "eac3", "alac")     # codecs that an mp4 holds and that players know there
TIME_BASE = re.compile(r"#tb 0: (\d+)/(\d+)")


def join(segments: Sequence[tuple[Path, float]], original: Path, sounds: Sequence[str], joined: Path,
         until: float | None = None) -> None:
    """Write one mp4.

    Args:
        segments: File and seconds of each, in order.
        original: Whose sound is taken, as it is if an mp4 can hold it, else as AAC.
        sounds: Codecs of its sound streams; none if it is silent.
        joined: File to write.
        until: Second after which the sound is left out; None takes all of it.
    """
    listed = joined.with_suffix(".txt")
    listed.write_text("ffconcat version 1.0\n" + "".join(
        f"file '{file.name}'\nduration {seconds:.6f}\n" for file, seconds in segments))
    lateness = _lateness(original)
    pictures = ["-itsoffset", f"{lateness:.6f}", "-f", "concat", "-i", str(listed)]
    part = [] if until is None else ["-t", f"{until + lateness:.6f}"]
    both = [*part, "-i", str(original), "-map", "0:v:0", "-map", "1:a"] if sounds else []
    ffmpeg.run([*pictures, *both, "-c:v", "copy", *_codecs(sounds), "-video_track_timescale", str(TICKS),
                "-movflags", "+faststart", str(joined)])


def _codecs(sounds: Sequence[str]) -> list[str]:
    return [word for place, codec in enumerate(sounds)
            for word in (f"-c:a:{place}", "copy" if codec in AS_THEY_ARE else "aac")]


def _lateness(original: Path) -> float:
    """Seconds by which the first frame comes after the beginning of the file, which the sound starts at."""
    told = ffmpeg.run(["-i", str(original), "-map", "0:v:0", "-c", "copy", "-t", "1", "-f", "framecrc", "-"])
    base = TIME_BASE.search(told)
    stamps = [int(line.split(",")[2]) for line in told.splitlines() if line.startswith("0,")]
    return max(0.0, min(stamps) * int(base[1]) / int(base[2])) if base and stamps else 0.0
