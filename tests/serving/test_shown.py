"""What the page draws: boxes, heat maps, marked videos, bars and cards."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import gradio as gr
import numpy as np
import pytest
from PIL import Image
from skimage import data

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.annotation import COLOURS, annotated, marked, numbered
from fer_pipeline.predicting.card_page import as_markdown
from fer_pipeline.predicting.detection import Face
from fer_pipeline.predicting.networks import open_network
from fer_pipeline.predicting.predictor import Prediction, Predictor
from fer_pipeline.serving import fragments, heat
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.page import Page, shown
from fer_pipeline.serving.service import Serving
from fer_pipeline.video.reading import Excerpt, Video
from fer_pipeline.video.tracks import Track
from tests.serving.conftest import CARD


def told(emotion: str = "happy", *, left: float = 10, top: float = 40, side: float = 30,
         crop: np.ndarray | None = None) -> Prediction:
    shares = np.full(7, 0.05, np.float32)
    shares[EMOTIONS.index(emotion)] = 0.7
    return Prediction(shares, Face(left, top, side, side, 1.0), np.zeros((48, 48), np.uint8) if crop is None else crop)


HAPPY = tuple(bytes.fromhex(COLOURS["happy"][1:]))


def test_a_box_is_drawn_around_the_face_on_a_copy() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    drawn = annotated(picture, [told(left=100, top=80, side=60)])
    assert not picture.any()
    assert tuple(drawn[110, 102]) == tuple(drawn[137, 130]) == HAPPY
    assert not drawn[110, 130].any()
    assert drawn[60:80, 100:160].max() == 255, "no label"


def test_a_large_picture_is_drawn_smaller_and_boxes_follow() -> None:
    drawn = shown(np.zeros((1000, 2560, 3), np.uint8), [told(left=1280, top=500, side=200)])
    assert drawn.shape == (500, 1280, 3)
    assert tuple(drawn[300, 644]) == HAPPY


def test_a_face_beyond_the_border_is_drawn_all_the_same() -> None:
    assert annotated(np.zeros((50, 50, 3), np.uint8), [told(left=-10, top=-10, side=70)]).any()


def test_bars_stand_beside_the_face_where_there_is_room_else_on_its_other_side() -> None:
    picture = np.full((300, 600, 3), 90, np.uint8)
    for left, bars, plain in [(60, slice(170, 260), slice(0, 50)), (440, slice(340, 430), slice(545, 600))]:
        drawn = marked(picture, numbered([told(left=left, top=60, side=100)]), bars=True)
        assert (drawn[60:200, bars] == HAPPY).all(axis=2).any()
        assert (drawn[60:200, plain] == 90).all()


def test_of_many_faces_the_largest_alone_have_bars() -> None:
    faces = [told(left=20 + 90 * place, top=200, side=20 + place) for place in range(8)]
    picture = np.full((600, 900, 3), 90, np.uint8)
    drawn = marked(picture, numbered(faces), bars=True)
    dimmed = (drawn == drawn[500, 890]).all(axis=2)
    assert dimmed[230:280, 60:80].all(), "bars at the smallest"
    assert not (drawn[230:280, 700:] == 90).all()


@pytest.mark.parametrize("size", [(1, 1), (24, 24), (40, 2000), (2000, 40)])
def test_a_face_in_a_picture_of_any_size_is_drawn(size: tuple[int, int]) -> None:
    marks = numbered([told(left=-5, top=-5, side=3), told(left=0, top=0, side=max(size))])
    assert marked(np.zeros((*size, 3), np.uint8), marks, bars=True).shape == (*size, 3)


def test_covering_the_part_that_speaks_for_it_is_seen(grey_network: Path) -> None:
    crop = np.full((48, 48), 90, np.uint8)
    crop[4:16, 4:16] = 255
    mapped = heat.heat(open_network(grey_network), [told(crop=crop)])[0].astype(int)
    redness = mapped[..., 0] - mapped[..., 2]
    assert mapped.shape == (48, 48, 3)
    assert redness[4:16, 4:16].mean() > redness[24:, 24:].mean() + 50


class Mapped:
    """A network that gives class activation maps: the upper left quarter speaks for its third output."""

    card = CARD.model_copy(update={"emotions": ("sad", "neutral", "happy", "angry", "fear", "disgust", "surprise")})

    def maps(self, faces: np.ndarray) -> np.ndarray:
        said = np.zeros((len(faces), 4, 4, 7), np.float32)
        said[:, :2, :2, 2] = 1
        return said


def test_a_networks_own_maps_are_preferred_and_read_in_its_order() -> None:
    network: Any = Mapped()
    assert heat.kind(network) == heat.OWN
    happy, fear = (one.astype(int) for one in heat.heat(network, [told("happy"), told("fear")]))
    assert happy[10, 10, 0] > happy[10, 10, 2]
    assert happy[40, 40, 0] < happy[40, 40, 2]
    assert fear[10, 10, 0] < fear[10, 10, 2]


@pytest.fixture
def page(grey_network: Path) -> Iterator[Page]:
    """Of one network, named grey; videos are looked at for a second."""
    predictor = Predictor(grey_network, threads=1)
    limits = Limits(parallel=2, waiting=0, per_minute=2, clip=Excerpt(seconds=1, rate=10, side=200))
    serving = Serving(predictor, limits)
    yield Page(serving, {"grey": predictor})
    serving.workers.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds of the astronaut at 30 frames a second."""
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 320))
    for _ in range(60):
        writer.write(cv2.cvtColor(cv2.resize(data.astronaut(), (320, 320)), cv2.COLOR_RGB2BGR))
    writer.release()
    return tmp_path / "film.avi"


def asked(page: Page, file: Path, advances: list[str]) -> str:
    """What the page answers to a video."""
    somebody: Any = SimpleNamespace(client=SimpleNamespace(host="192.0.2.1"))
    told_of: Any = lambda share, words: advances.append(f"{share:.0%}: {words}")  # noqa: E731
    return page.clip(str(file), "grey", somebody, told_of)


def test_the_beginning_of_a_video_is_marked_thinned_and_made_smaller(page: Page, film: Path, tmp_path: Path) -> None:
    advances: list[str] = []
    said = asked(page, film, advances)
    (tmp_path / "marked.mp4").write_bytes(base64.b64decode(said.split("video/mp4;base64,")[1].split("'")[0]))
    with Video(tmp_path / "marked.mp4") as video:
        frames = list(video.frames())
    assert [frame.second for frame in frames] == pytest.approx(np.arange(10) / 10, abs=0.002)
    assert frames[0].pixels.shape == (200, 200, 3)
    assert advances == [f"{number}0%: {number} of 10 frames" for number in range(1, 11)]
    assert "1.0 s, 10 frames. It goes on after that; fer video looks at all of it." in said
    assert "<th scope='row'>happy</th>" in said
    assert "data:image/svg+xml;base64," in said


def test_a_video_takes_one_place_and_gives_it_back(page: Page, film: Path) -> None:
    with (page.serving.workers.place(), page.serving.workers.place(),
          pytest.raises(gr.Error, match="2 requests are being computed")):
        asked(page, film, [])
    asked(page, film, [])
    assert page.serving.workers.taken == 0


def test_a_video_that_cannot_be_used_is_refused_without_telling_where_it_lies(page: Page, tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("Dear <b>all</b>, nothing moves here")
    with pytest.raises(gr.Error, match="^.?note.mp4 is no video that can be read: it begins with b'Dear &lt;b"):
        asked(page, tmp_path / "note.mp4", [])


def test_frames_of_a_camera_are_smoothed_and_the_frame_rate_is_told(page: Page) -> None:
    frame = cv2.imencode(".png", cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))[1].tobytes()
    first, before = asyncio.run(page.live(frame, "grey", None))
    dark = cv2.imencode(".png", cv2.cvtColor(data.astronaut() // 3, cv2.COLOR_RGB2BGR))[1].tobytes()
    second, after = asyncio.run(page.live(dark, "grey", before))
    assert "The camera: happy" in first
    assert "0.0 frames a second" in first
    assert after.rate > 0
    track, = after.memory["alive"]
    assert track["number"] == 1
    assert max(track["probabilities"]) < 0.99, "as if the first frame had not been"
    assert "frames a second" in second


def test_names_of_networks_cannot_bring_scripts() -> None:
    said = fragments.photo(np.zeros((9, 9, 3), np.uint8), [], "<script>alert(1)</script>", None)
    assert "<script>" not in said
    assert "No face was found" in said


def test_more_faces_than_bars_are_counted() -> None:
    said = fragments.photo(np.zeros((9, 9, 3), np.uint8), [told()] * 25, "net", None)
    assert said.count("<table>") == fragments.MOST_FACES
    assert "5 smaller faces are marked in the picture alone." in said


def test_a_card_says_how_sure_its_accuracy_is_and_one_without_says_that() -> None:
    assert "| PrivateTest, which chose nothing | 65.3% | 63.8% to 66.9% | 0.610 | 3,589 |" in as_markdown(CARD)
    unmeasured = as_markdown(CARD.model_copy(update={"private_test": None}))
    assert "nobody measured how good this file is" in unmeasured


def test_the_bars_of_one_colour_are_the_seven_emotions() -> None:
    fear = told("fear")
    tracks = [Track(1, fear.face, 0.0, probabilities=tuple(fear.probabilities.tolist()))]
    said = fragments.live(np.asarray(Image.new("RGB", (40, 30))), tracks, 3.21)
    assert all(f"<th scope='row'>{emotion}</th>" in said for emotion in EMOTIONS)
    assert "70.0%" in said
    assert "3.2 frames a second" in said
