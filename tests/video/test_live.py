"""`fer live` on a file that plays in real time."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.detection import Face
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.video import showing
from fer_pipeline.video.live import Figures, follow
from fer_pipeline.video.newest import Newest
from fer_pipeline.video.steady import SteadyAnalyser
from fer_pipeline.video.tracks import Track
from tests.video.conftest import frame, write

SLOW = 0.15     # s


class Sleeper:
    """An analysis that takes its time."""

    def look(self, pixels: np.ndarray, second: float) -> Sequence[Track]:  # noqa: ARG002
        time.sleep(SLOW)
        return []


def test_a_slow_network_drops_frames_and_does_not_lag(tmp_path: Path) -> None:
    file, figures = write(tmp_path / "film.mp4", (frame() for _ in range(60)), rate=30), Figures()
    with Newest(file) as newest:
        follow(newest, Sleeper(), lambda *_: True, figures)
    assert newest.captured == 60
    assert figures.shown + newest.dropped == 60
    assert figures.shown < 20
    assert np.median(figures.latencies) < SLOW + 0.1
    assert 1.9 < figures.seconds < 4


def test_show_ends_it(film: Callable[..., Path]) -> None:
    figures = Figures()
    with Newest(film(2.0)) as newest:
        follow(newest, Sleeper(), lambda *_: False, figures)
    assert figures.shown == 1


@pytest.fixture
def live(model: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as a person does: `live("--camera", "77")`; without a display unless one is named."""

    def run(*words: str, display: str | None = None) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return subprocess.run([*LIVE, "--model", str(model), *words], capture_output=True, text=True, timeout=100,
                              check=False, env=own | ({"DISPLAY": display} if display else {}))

    return run


LIVE = (sys.executable, "-m", "fer_pipeline.cli", "live")
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_without_a_display_the_terminal_is_used_and_a_line_a_second_tells_faces_and_figures(
        live: Run, film: Callable[..., Path]) -> None:
    done = live("--source", str(film(4.0)))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Shown in the terminal. For a window: there is no display (")
    assert lines[1] == "grey (grey.onnx) answers; Ctrl-C ends"
    assert any("; face 1 " in line for line in lines)
    assert lines[-2] == "Ended: no more frames came."
    assert "dropped; from capture to answer" in lines[-1]


def test_a_window_that_cannot_be_is_refused_with_the_repair(live: Run) -> None:
    done = live("--window")
    assert done.returncode == 1
    assert done.stderr.startswith("error: No window can be opened: there is no display (")
    assert done.stderr.endswith("Run it in a desktop session, or over `ssh -X`; or use --terminal.\n")


def test_a_python_without_tkinter_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert "has no tkinter. Install it, e.g. `apt install python3-tk`" in str(showing.why_no_window())


def test_without_a_camera_the_command_says_what_there_is_and_what_to_do(live: Run) -> None:
    done = live("--camera", "77", "--terminal")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: There is no camera 77. ")
    assert "name another by --camera, or a stream or file by --source." in done.stderr


@pytest.fixture
def stream(film: Callable[..., Path]) -> Iterator[str]:
    """The address of a film that a server of this machine sends."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(film(2.0).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{film(2.0).name}"
        server.shutdown()


def test_a_stream_that_ends_ends_the_command(live: Run, stream: str) -> None:
    done = live("--source", stream, "--terminal")
    assert done.returncode == 0, done.stderr
    assert "Ended: no more frames came." in done.stdout
    done = live("--source", stream + "x", "--terminal")
    assert done.returncode == 1
    assert f"error: The stream {stream}x does not answer, or cannot be read." in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_the_terminal_as_it_was(number: signal.Signals, film: Callable[..., Path],
                                                  model: Path) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    command = [*LIVE, "--terminal", "--source", str(film(31.0)), "--model", str(model)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs,
                          env=os.environ | {"TERM": "xterm", "COLUMNS": "100"}) as process:
        said = b""
        while b"face 1" not in said:
            said += os.read(ours, 4096)
        process.send_signal(number)
        while b"to frame" not in said:
            said += os.read(ours, 4096)
    assert process.returncode == 0
    assert b"Stopped." in said
    assert b"Traceback" not in said
    assert said.rindex(b"\x1b[?25h") > said.rindex(b"\x1b[?25l"), "the cursor stays hidden"
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Of an X server without a screen."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("no Xvfb; apt install xvfb")
    told, tells = os.pipe()
    with subprocess.Popen([server, "-displayfd", str(tells), "-nolisten", "tcp"], pass_fds=[tells],
                          stderr=subprocess.DEVNULL) as process:
        yield f":{os.read(told, 20).decode().strip()}"
        process.terminate()
    os.close(told)
    os.close(tells)


@pytest.mark.browser
def test_where_there_is_a_display_a_window_shows_it(live: Run, film: Callable[..., Path], display: str) -> None:
    done = live("--source", str(film(2.0)), display=display)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["grey (grey.onnx) answers; Ctrl-C ends", "Ended: no more frames came."]


@pytest.mark.browser
def test_a_window_ends_by_q_and_shrinks_what_is_larger_than_the_screen(
        display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_pipeline.video.window import Window

    monkeypatch.setenv("DISPLAY", display)
    window, figures = Window(), Figures()
    assert window.show(np.zeros((3000, 4000, 3), np.uint8), [], figures)
    assert window.root.winfo_height() <= window.root.winfo_screenheight()
    assert window.show(frame(), [], figures)
    window.root.focus_force()
    window.root.event_generate("q")
    assert not window.show(frame(), [], figures)
    window.close()


def test_no_look_waits_for_a_search_of_the_whole_frame(predictor: Predictor) -> None:
    analyser, looks = SteadyAnalyser(predictor), list[float]()
    found = analyser._whole.detect

    def slowly(picture: np.ndarray) -> list[Face]:
        time.sleep(1)
        return found(picture)

    analyser._whole.detect = slowly
    started = time.perf_counter()
    while not analyser.seen and time.perf_counter() - started < 20:
        before = time.perf_counter()
        analyser.look(cv2.cvtColor(frame((95, 50)), cv2.COLOR_BGR2RGB), before - started)
        looks.append(time.perf_counter() - before)
        time.sleep(0.01)
    assert [track.number for track in analyser.seen] == [1]
    assert max(looks) < 0.7
    assert len(looks) > 10


@pytest.mark.parametrize(("source", "said"), [
    ("rtsp://127.0.0.1:9/none", "does not answer"), (Path("none.mp4"), "no video none")])
def test_a_source_that_is_not_there_is_named(source: int | str | Path, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Newest(source)
