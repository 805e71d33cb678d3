"""`fer video` on videos made here."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.video import ffmpeg, making, timeline
from fer_pipeline.video.analysis import Analyser
from fer_pipeline.video.finishing import Outputs
from fer_pipeline.video.making import Wishes, make
from fer_pipeline.video.reading import Excerpt, Video
from tests.video.conftest import RATE, SIDE, frame, write

WISHES = Wishes()
Film = Callable[..., Path]


def seconds_of(file: Path) -> list[float]:
    with Video(file) as video:
        return [one.second for one in video.frames()]


def test_one_moving_face_is_one_track_and_the_copy_has_every_frame_and_the_sound(
        film: Film, predictor: Predictor, tmp_path: Path) -> None:
    file, outputs = film(2.0, sound=True), Outputs.of(Path("film.mp4"), tmp_path)
    outcome = make(file, outputs, Analyser(predictor), WISHES)
    rows = list(timeline.read(outputs.timeline))
    assert {row["track"] for row in rows} == {"1"}
    assert len(rows) == outcome.frames == 2 * RATE
    assert [float(row["second"]) for row in rows] == pytest.approx([n / RATE for n in range(2 * RATE)], abs=0.001)
    assert seconds_of(outputs.video) == pytest.approx(seconds_of(file), abs=0.001)
    assert ffmpeg.streams(outputs.video).sounds == ("aac",)
    assert outcome.tracks[0].seen == pytest.approx(2.0 - 1 / RATE, abs=0.01)
    assert outputs.chart.read_text().count("face 1") == 1
    assert not outputs.unfinished.exists()


def test_two_faces_that_cross_end_as_the_tracks_they_began(predictor: Predictor, tmp_path: Path) -> None:
    file = write(tmp_path / "cross.mp4", (frame((-15 + 6 * n, 60), (205 - 6 * n, 20)) for n in range(36)))
    outputs = Outputs.of(file)
    make(file, outputs, Analyser(predictor, 0.2), Wishes(annotated=False))
    rows = list(timeline.read(outputs.timeline))
    first = {row["track"]: float(row["left"]) for row in reversed(rows)}
    last = {row["track"]: float(row["left"]) for row in rows if int(row["frame"]) > 30}
    assert len(last) == 2
    assert all((first[track] < 100) == (left > 100) for track, left in last.items())


def test_one_frame_in_three_is_analysed_and_all_are_shown(film: Film, predictor: Predictor, tmp_path: Path) -> None:
    outputs = Outputs.of(Path("film.mp4"), tmp_path)
    outcome = make(film(2.0), outputs, Analyser(predictor), Wishes(every=3))
    assert outcome.analysed == 10
    assert {int(row["frame"]) % 3 for row in timeline.read(outputs.timeline)} == {0}
    assert len(seconds_of(outputs.video)) == 30


def test_of_an_excerpt_frames_and_sound_end_where_it_ends(film: Film, predictor: Predictor, tmp_path: Path) -> None:
    outputs = Outputs.of(Path("film.mp4"), tmp_path)
    excerpt = Excerpt(seconds=1.0, rate=5, side=160)
    outcome = make(film(4.0, sound=True), outputs, Analyser(predictor), Wishes(excerpt=excerpt))
    assert (outcome.frames, outcome.goes_on, outcome.cut_short) == (5, True, 0)
    assert seconds_of(outputs.video) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=0.01)
    heard = ffmpeg.run(["-i", str(outputs.video), "-map", "0:a", "-f", "framecrc", "-"]).splitlines()
    stamps = [int(line.split(",")[1]) for line in heard if line.startswith("0,")]
    rate, = (int(line.split("/")[1]) for line in heard if line.startswith("#tb"))
    assert stamps[-1] / rate == pytest.approx(1.0, abs=0.05)


def test_uneven_time_stamps_are_those_of_the_timeline_and_of_the_copy(
        film: Film, predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SEGMENT_SECONDS", 0.7)
    file = tmp_path / "uneven.mp4"
    some = "select=not(mod(n\\,7))+gt(mod(n\\,5)\\,2)"
    ffmpeg.run(["-i", str(film(2.0)), "-vf", some, "-fps_mode", "vfr", str(file)])
    outputs, stamps = Outputs.of(file), seconds_of(file)
    assert len({round(step, 3) for step in np.diff(stamps)}) > 1
    make(file, outputs, Analyser(predictor), WISHES)
    assert sorted({float(row["second"]) for row in timeline.read(outputs.timeline)}) == pytest.approx(stamps, abs=0.001)
    assert seconds_of(outputs.video) == pytest.approx(stamps, abs=0.001)


def test_a_video_held_on_its_side_is_turned_upright(film: Film, predictor: Predictor, tmp_path: Path) -> None:
    lying, file = tmp_path / "lying.mp4", tmp_path / "phone.mp4"
    ffmpeg.run(["-i", str(film(2.0)), "-vf", "transpose=1", str(lying)])
    ffmpeg.run(["-display_rotation", "90", "-i", str(lying), "-c", "copy", str(file)])
    outputs = Outputs.of(file)
    make(file, outputs, Analyser(predictor), WISHES)
    assert len(list(timeline.read(outputs.timeline))) == 30
    with Video(outputs.video) as video:
        assert next(video.frames()).pixels.shape == (240, 320, 3)


def test_odd_sizes_are_made_even(predictor: Predictor, tmp_path: Path) -> None:
    file = tmp_path / "odd.mkv"
    subprocess.run([ffmpeg.program(), "-v", "error", "-f", "lavfi", "-i", "testsrc=s=161x121:d=0.5", "-c:v", "ffv1",
                    str(file)], check=True)
    make(file, Outputs.of(file), Analyser(predictor), WISHES)
    with Video(Outputs.of(file).video) as video:
        assert next(video.frames()).pixels.shape == (122, 162, 3)


def test_an_animated_gif_works_and_no_face_still_gives_all_outputs(predictor: Predictor, tmp_path: Path) -> None:
    file = tmp_path / "drawn.gif"
    subprocess.run([ffmpeg.program(), "-v", "error", "-f", "lavfi", "-i", "color=gray:s=160x120:r=10:d=1", str(file)],
                   check=True)
    outputs = Outputs.of(file)
    outcome = make(file, outputs, Analyser(predictor), WISHES)
    assert outcome.tracks == []
    assert outputs.timeline.read_text() == ",".join(timeline.COLUMNS) + "\n"
    assert outputs.video.is_file()
    assert "No face" in outputs.chart.read_text()


def test_searching_around_known_faces_finds_what_searching_whole_frames_finds(
        film: Film, predictor: Predictor, tmp_path: Path) -> None:
    boxes = []
    for seconds in (0.0, 0.5):
        outputs = Outputs.of(Path("film.mp4"), tmp_path / str(seconds))
        make(film(2.0), outputs, Analyser(predictor, seconds), Wishes(annotated=False))
        boxes.append([[float(row[edge]) for edge in ("left", "top", "width")]
                      for row in timeline.read(outputs.timeline)])
    assert np.abs(np.subtract(*boxes)).max() < SIDE * 0.1


def test_a_stopped_run_goes_on_to_the_same_bytes(film: Film, predictor: Predictor, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SEGMENT_SECONDS", 0.5)
    whole, stopped = Outputs.of(Path("a.mp4"), tmp_path), Outputs.of(Path("b.mp4"), tmp_path)
    make(film(2.0), whole, Analyser(predictor), WISHES)

    def stop(done: int, _: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(film(2.0), stopped, Analyser(predictor), WISHES, stop)
    assert not stopped.timeline.exists()
    assert not stopped.video.exists()
    again = make(film(2.0), stopped, Analyser(predictor), WISHES)
    assert again.made == 14     # the two whole segments of 8 frames are kept
    assert stopped.timeline.read_bytes() == whole.timeline.read_bytes()
    assert seconds_of(stopped.video) == seconds_of(whole.video)


def test_the_copy_shows_the_box(film: Film, predictor: Predictor, tmp_path: Path) -> None:
    outputs = Outputs.of(Path("film.mp4"), tmp_path)
    make(film(2.0), outputs, Analyser(predictor), WISHES)
    with Video(film(2.0)) as before, Video(outputs.video) as after:
        pair = [next(video.frames()).pixels for video in (before, after)]
    changed = cv2.absdiff(*pair).max(axis=2) > 60
    assert 0.005 < changed.mean() < 0.5
