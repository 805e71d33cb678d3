"""`fer app` as a person meets it: a photo, a camera, a video, on a desk and on a phone, without a network."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from tests.browser.conftest import QUIET, _executable
from tests.conftest import ROOT
from tests.serving.conftest import CARD, write_onnx

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PHONE = 390     # CSS pixels
SECONDS = 120_000.0     # ms
OWN = "#photo-result, #live-result, #clip-result, .prose"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a page with two networks."""
    folder = tmp_path_factory.mktemp("app")
    models = [write_onnx(folder / f"{name}.onnx", CARD.model_copy(update={"name": name})) for name in ("one", "two")]
    command = [sys.executable, "-m", "fer_pipeline.cli", "app", "--port", "0", "--per-minute", "0"]
    chosen = [word for model in models for word in ("--model", str(model))]
    with subprocess.Popen([*command, *chosen], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}) as app:
        said = app.stdout.readline()
        assert "one answers at http://127.0.0.1:" in said, said + app.stdout.read()
        yield said.split(" answers at ")[1].split(";")[0]
        app.terminate()
        assert "Traceback" not in app.stdout.read()
        assert app.wait(20) == 0
    assert not list(folder.glob("fer_app_*")), "uploads stay"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("photo") / "astronaut.jpg"
    Image.fromarray(data.astronaut()).save(file)
    return file


@pytest.fixture
def page_of(address: str) -> Open:
    """Opens the page in a tab and waits for it: `page_of(new_page(1200))`."""

    def open_page(tab: Any) -> Any:
        tab.goto(address)
        tab.wait_for_selector("input[type=file]", state="attached")
        return tab

    return open_page


def send(page: Any, file: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(file)


def send_video(page: Any, file: Path) -> None:
    """Gradio makes a tab's parts when the tab is opened."""
    page.get_by_role("tab", name="Video").click()
    page.locator("#clip input[type=file]").set_input_files(file)


def elsewhere(page: Any, address: str) -> list[str]:
    return [one for one in page.heard if not one.startswith((address, "blob:"))]


@pytest.mark.parametrize(("width", "color_scheme"), [(1200, "light"), (1200, "dark"), (PHONE, "light")])
def test_a_photo_is_answered_in_place(
        page_of: Open, new_page: Open, photo: Path, address: str, width: int, color_scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = page_of(new_page(width, color_scheme=color_scheme))
    send(page, photo)
    page.wait_for_selector("#photo-result .fer-face", timeout=SECONDS)
    assert "1. happy" in page.inner_text("#photo-result")
    assert len(page.query_selector_all("#photo-result tr")) == 7
    assert "faces marked: happy" in page.get_attribute("#photo-result .fer-picture", "alt")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.wait_for_timeout(500)      # Gradio fades results in
    found = Axe().run(page, context=OWN, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert elsewhere(page, address) == []


def test_the_parts_that_speak_for_it_are_shown_on_request(page_of: Open, new_page: Open, photo: Path) -> None:
    page = page_of(new_page(1200))
    page.get_by_label("Show which parts of the face speak for it").check()
    send(page, photo)
    page.wait_for_selector("#photo-result img[alt='occlusion map of face 1 for happy']", timeout=SECONDS)


def test_another_network_can_be_chosen(page_of: Open, new_page: Open, photo: Path) -> None:
    page = page_of(new_page(1200))
    send(page, photo)
    page.wait_for_selector("#photo-result >> text=Told by one.", timeout=SECONDS)
    page.get_by_label("two").check()
    page.wait_for_selector("#photo-result >> text=Told by two.", timeout=SECONDS)


def test_text_renamed_to_jpg_gives_a_message(page_of: Open, new_page: Open, tmp_path: Path) -> None:
    page, text = page_of(new_page(1200)), tmp_path / "note.jpg"
    text.write_text("Dear <b>all</b>")
    send(page, text)
    page.wait_for_selector("text=the picture is no picture: it begins with b'Dear <b>all", timeout=SECONDS)
    assert "Traceback" not in page.inner_text("body")


def test_a_picture_without_a_face_is_said_to_have_none(page_of: Open, new_page: Open, tmp_path: Path) -> None:
    page, plain = page_of(new_page(PHONE)), tmp_path / "plain.png"
    Image.new("RGB", (300, 200), (90, 120, 90)).save(plain)
    send(page, plain)
    page.wait_for_selector("#photo-result >> text=No face was found", timeout=SECONDS)


@pytest.mark.parametrize(("width", "color_scheme"), [(1200, "dark"), (PHONE, "light")])
def test_a_video_is_marked(page_of: Open, new_page: Open, tmp_path: Path, width: int, color_scheme: str) -> None:
    import imageio_ffmpeg
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "clip.mp4"
    writer = imageio_ffmpeg.write_frames(str(file), (512, 512), fps=25, ffmpeg_log_level="error")
    writer.send(None)
    for _ in range(25):
        writer.send(np.ascontiguousarray(data.astronaut()))
    writer.close()
    page = page_of(new_page(width, color_scheme=color_scheme))
    send_video(page, file)
    page.wait_for_selector("#clip-result video", timeout=SECONDS)
    assert "1.0 s, 10 frames." in page.inner_text("#clip-result")
    assert page.evaluate("document.querySelector('#clip-result .fer-chart').naturalWidth") > 0
    assert page.evaluate("document.querySelector('#clip-result video').clientWidth") > 0.75 * width
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.wait_for_function("document.querySelector('#clip-result video').readyState > 0 || "
                           "document.querySelector('#clip-result video').error")
    assert page.evaluate("document.querySelector('#clip-result video').duration") == pytest.approx(1, abs=0.2)
    page.wait_for_timeout(500)      # Gradio fades results in
    found = Axe().run(page, context=OWN, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_a_video_without_pictures_gives_a_message(page_of: Open, new_page: Open, tmp_path: Path) -> None:
    page, text = page_of(new_page(1200)), tmp_path / "note.mp4"
    text.write_text("Dear all")
    send_video(page, text)
    page.wait_for_selector("text=note.mp4 is no video that can be read: it begins with b'Dear all'.", timeout=SECONDS)


@pytest.mark.parametrize("width", [1200, PHONE])
def test_the_card_says_how_good_it_is_and_what_it_is_not_for(page_of: Open, new_page: Open, width: int) -> None:
    page = page_of(new_page(width))
    page.get_by_role("tab", name="About", exact=True).click()
    page.wait_for_selector("text=65.3% >> visible=true")
    said = page.inner_text("main, body")
    assert "63.8% to 66.9%" in said
    assert "must not decide about anybody" in said
    assert page.evaluate("document.documentElement.scrollWidth") == width


def as_y4m(picture: np.ndarray, file: Path) -> Path:
    """A second of a camera that sees a picture `(480, 640, 3)`."""
    frame = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes()
    file.write_bytes(b"YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg\n" + 25 * (b"FRAME\n" + frame))
    return file


@pytest.fixture
def camera(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A tab whose camera sees the astronaut."""
    film = as_y4m(cv2.resize(data.astronaut(), (640, 480)), tmp_path / "astronaut.y4m")
    own = browser.browser_type.launch(
        executable_path=_executable(browser.browser_type.executable_path), chromium_sandbox=os.geteuid() != 0,
        args=(*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
              f"--use-file-for-fake-video-capture={film}"))
    yield own.new_context(permissions=["camera"], viewport={"width": 1200, "height": 900}).new_page()
    own.close()


def test_a_camera_is_answered_live_and_the_newest_frame_is_shown(page_of: Open, camera: Any, address: str) -> None:
    requests = []
    camera.on("request", lambda request: requests.append(request.url))
    page = page_of(camera)
    page.get_by_role("tab", name="Live", exact=True).click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    page.get_by_role("button", name="capture photo").or_(page.get_by_text("Record", exact=True)).first.click()
    page.wait_for_selector("#live-result .fer-face", timeout=SECONDS)
    assert "The camera: happy" in page.get_attribute("#live-result .fer-picture", "alt")
    first = page.inner_text("#live-result .fer-note")
    page.wait_for_function("said => document.querySelector('#live-result .fer-note').textContent !== said", arg=first)
    assert "frames a second" in page.inner_text("#live-result")
    assert [url for url in requests if not url.startswith((address, "blob:", "data:"))] == []


def test_a_snapshot_of_the_camera_is_answered(page_of: Open, camera: Any) -> None:
    page = page_of(camera)
    page.get_by_role("button", name="Capture from camera").or_(page.get_by_label("Webcam")).first.click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    page.get_by_role("button", name="capture photo").click()
    page.wait_for_selector("#photo-result .fer-face", timeout=SECONDS)
    assert "1. happy" in page.inner_text("#photo-result")
