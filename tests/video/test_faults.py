"""`fer video` killed, and on long files."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_pipeline.video import ffmpeg
from fer_pipeline.video.finishing import Outputs
from fer_pipeline.video.reading import Video
from tests.video.conftest import RATE

ROOT = Path(__file__).parents[2]
PEAK = ("from fer_pipeline.cli import app\n"
        "from pathlib import Path\n"
        "app(obj=Path.cwd(), standalone_mode=False)\n"
        "print('PEAK', int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) // 1024)")
pytestmark = pytest.mark.faults


def start(file: Path, model: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PEAK, "video", str(file), "--model", str(model), "--out", str(out),
                             *more], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate()
    assert process.returncode == 0
    return told


def kill_in_segment(process: subprocess.Popen[str], table: Path, after: float) -> None:
    """Kill a run so many seconds after it has begun the segment whose rows go to this table."""
    while not table.exists():
        assert process.poll() is None, "it ended before that segment"
        time.sleep(0.02)
    time.sleep(after)
    assert process.poll() is None, "it ended within that segment"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_killed_in_every_segment_it_gives_the_same_timeline_and_a_whole_copy(
        film: Callable[..., Path], model: Path, tmp_path: Path) -> None:
    file, draw = film(31.0), random.Random(7)
    finish(start(file, model, tmp_path / "whole"))
    outputs = Outputs.of(file, tmp_path / "killed")
    for segment in range(3):
        process = start(file, model, tmp_path / "killed")
        kill_in_segment(process, outputs.unfinished / f"{segment:05}.csv", draw.uniform(0, 0.4))
        assert sorted(outputs.unfinished.parent.iterdir()) == [outputs.unfinished]
    finish(start(file, model, tmp_path / "killed"))
    assert outputs.timeline.read_bytes() == (tmp_path / "whole" / outputs.timeline.name).read_bytes()
    with Video(outputs.video) as copy:
        assert sum(1 for _ in copy.frames()) == 31 * RATE


def test_a_long_video_takes_no_more_memory_than_a_short_one(
        film: Callable[..., Path], model: Path, tmp_path: Path) -> None:
    short, long = film(12.0), tmp_path / "long.mp4"
    ffmpeg.run(["-stream_loop", "9", "-i", str(short), "-c", "copy", str(long)])
    peaks = [int(finish(start(file, model, tmp_path / file.stem, "--every", "5")).split("PEAK")[1])
             for file in (short, long)]
    assert peaks[1] - peaks[0] < 25, peaks
