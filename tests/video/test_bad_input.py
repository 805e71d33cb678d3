"""`fer video` on what is no video, or only a part of one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_pipeline.cli import app
from fer_pipeline.errors import InputError
from fer_pipeline.video import ffmpeg, timeline
from fer_pipeline.video.finishing import Outputs
from tests.video.conftest import RATE

Film = Callable[..., Path]


@pytest.fixture
def refused(model: Path) -> Callable[[Path], str]:
    """Runs the command on a file: what it says; and it has written nothing."""

    def run(file: Path) -> str:
        before = sorted(file.parent.iterdir())
        done = CliRunner().invoke(app, ["video", str(file), "--model", str(model)], obj=Path.cwd())
        assert isinstance(done.exception, InputError), done.output
        assert sorted(file.parent.iterdir()) == before
        return str(done.exception)

    return run


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty: 0 bytes. Save or download the video again."),
    (b"only words, no film", "is no video that can be read: it begins with b'only words, '. Allowed: MP4, MOV"),
    (None, "There is no video")])
def test_what_is_no_video_is_refused(
        content: bytes | None, said: str, refused: Callable[[Path], str], tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    if content is not None:
        file.write_bytes(content)
    assert said in refused(file)
    assert str(file) in refused(file)


def test_a_folder_is_told_from_a_video(refused: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    assert f"holiday is a folder. Name the videos in it, e.g. {tmp_path}/holiday/*" in refused(tmp_path / "holiday")


def test_sound_alone_has_no_frames(refused: Callable[[Path], str], tmp_path: Path) -> None:
    ffmpeg.run(["-f", "lavfi", "-i", "sine=d=1", str(tmp_path / "song.m4a")])
    assert "song.m4a has no frames: it holds only sound (aac)." in refused(tmp_path / "song.m4a")


@pytest.mark.parametrize("ending", ["avi", "mp4"])
def test_a_video_without_frames_is_said_to_have_none(
        ending: str, refused: Callable[[Path], str], tmp_path: Path) -> None:
    file = tmp_path / f"none.{ending}"
    ffmpeg.run(["-f", "lavfi", "-i", "color=gray:s=64x48:r=10", "-frames:v", "0", str(file)])
    assert f"none.{ending}" in refused(file)
    assert "has no frames" in refused(file)


def test_an_unknown_codec_is_named(film: Film, refused: Callable[[Path], str], tmp_path: Path) -> None:
    file = tmp_path / "odd.mp4"
    file.write_bytes(film(2.0).read_bytes().replace(b"avc1", b"zzz1"))
    assert "their codec zzz1 is unknown to FFmpeg. Convert the file where it plays, e.g. to H.264." in refused(file)


def test_an_mp4_whose_end_is_missing_was_cut_off(film: Film, refused: Callable[[Path], str], tmp_path: Path) -> None:
    content, file = film(2.0).read_bytes(), tmp_path / "half.mp4"
    file.write_bytes(content[:len(content) // 2])
    assert "half.mp4 was cut off: the table of its frames, which ends an mp4, is missing." in refused(file)


def test_of_an_mp4_cut_in_the_middle_the_first_part_is_used_and_the_rest_told_of(
        film: Film, model: Path, tmp_path: Path) -> None:
    whole, file = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    ffmpeg.run(["-i", str(film(12.0)), "-c", "copy", "-movflags", "+faststart", str(whole)])
    file.write_bytes(whole.read_bytes()[:whole.stat().st_size // 2])
    done = CliRunner().invoke(app, ["video", str(file), "--model", str(model), "--every", "5"], obj=Path.cwd())
    assert done.exit_code == 0, done.exception
    frames = int(list(timeline.read(Outputs.of(file).timeline))[-1]["frame"])
    assert 4 * RATE < frames < 8 * RATE
    lost, = (line for line in done.stdout.splitlines() if "cut short" in line)
    assert float(lost.split("promises ")[1].split()[0]) == pytest.approx(12 - frames / RATE, abs=0.5)


def test_a_bad_video_does_not_keep_the_others_from_being_made(film: Film, model: Path, tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_text("only words")
    done = CliRunner().invoke(app, ["video", str(tmp_path / "words.mp4"), str(film(2.0)), "--model", str(model),
                                    "--out", str(tmp_path / "out"), "--no-video"], obj=Path.cwd())
    assert isinstance(done.exception, InputError)
    assert "1 of 2 videos failed:" in str(done.exception)
    assert Outputs.of(film(2.0), tmp_path / "out").timeline.is_file()
