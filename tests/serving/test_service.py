"""The service as a program meets it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from skimage import data
from starlette.testclient import TestClient

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.card import Card

Asking = Callable[..., TestClient]
AsFile = Callable[..., bytes]
BRIGHT = np.full((60, 50, 3), 250, np.uint8)
DARK = np.full((48, 48), 5, np.uint8)


@pytest.fixture(scope="session")
def astronaut(as_file: AsFile) -> bytes:
    return as_file(data.astronaut(), "JPEG")


def form(*contents: bytes, name: str = "face.png") -> list[tuple[str, Any]]:
    return [("pictures", (name, content, "image/png")) for content in contents]


def test_a_photograph_is_answered_with_its_face_and_all_seven_emotions(asking: Asking, astronaut: bytes) -> None:
    said = asking().post("/predict", files=form(astronaut, name="astronaut.jpg")).json()
    picture = said["pictures"][0]
    assert (said["model"], said["views"]) == ("grey_level", 2)
    assert (picture["name"], picture["message"]) == ("astronaut.jpg", None)
    assert (picture["width"], picture["height"]) == (512, 512)
    face = picture["faces"][0]
    assert face["emotion"] == "happy" == max(face["probabilities"], key=face["probabilities"].get)
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert 150 < face["box"]["left"] < 200
    assert 80 < face["box"]["width"] < 120


def test_crops_are_answered_in_their_order(asking: Asking, as_file: AsFile) -> None:
    said = asking().post("/predict?cropped=true", files=form(as_file(BRIGHT), as_file(DARK), as_file(BRIGHT))).json()
    assert [picture["faces"][0]["emotion"] for picture in said["pictures"]] == ["happy", "sad", "happy"]
    assert said["pictures"][0]["faces"][0]["box"] is None


def test_a_face_is_seen_once_where_asked(asking: Asking, as_file: AsFile) -> None:
    client = asking()
    said = client.post("/predict?cropped=true&all_views=false", files=form(as_file(DARK))).json()
    assert said["views"] == 1
    assert client.post("/predict?cropped=true", files=form(as_file(DARK))).json()["views"] == 2


def test_no_face_is_said_plainly(asking: Asking, as_file: AsFile) -> None:
    picture = asking().post("/predict", files=form(as_file(BRIGHT))).json()["pictures"][0]
    assert picture["faces"] == []
    assert picture["message"].startswith("No face was found. Allowed: ")


@pytest.mark.parametrize(("sent", "status", "kind", "words"), [
    ({"files": form(b"Dear all")}, 422, "bad_picture", "face.png (picture 1 of 1): the picture is no picture"),
    ({"files": form(b"")}, 422, "bad_picture", "is empty: 0 bytes"),
    ({"json": {"picture": 1}}, 415, "no_form", "The request is 'application/json'. Allowed: multipart/form-data"),
    ({}, 415, "no_form", "The request is ''."),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad_form", "Missing boundary"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=a"}}, 400, "bad_form", "broken"),
    ({"files": [("image", ("face.png", b"x"))]}, 400, "bad_form", "a field 'image'. Allowed: files under 'pictures'"),
    ({"data": {"pictures": "text"}, "files": form(b"x")}, 400, "bad_form", "Too many fields"),
    ({"files": form(*[b"x"] * 4)}, 400, "bad_form", "Too many files. Maximum number of files is 3."),
    ({"files": form(b"x" * 3000)}, 413, "too_large", "more than 2,000 bytes"),
    ({"files": form(b"x"), "params": {"cropped": "maybe"}}, 422, "bad_query", "query cropped is 'maybe'"),
    ({"files": form(b"x"), "params": {"croped": "true"}}, 422, "bad_query", "query croped is 'true': Extra inputs"),
])
def test_what_cannot_be_used_is_refused_with_the_repair(
        asking: Asking, sent: dict[str, Any], status: int, kind: str, words: str) -> None:
    done = asking(files=3, body_bytes=2000).post("/predict", **sent)
    assert (done.status_code, done.json()["kind"]) == (status, kind)
    assert words in done.json()["message"]
    assert set(done.json()) == {"kind", "message"}


def test_one_broken_picture_refuses_the_request_and_is_named(asking: Asking, as_file: AsFile) -> None:
    done = asking().post("/predict", files=form(as_file(BRIGHT), as_file(BRIGHT)[:80]))
    assert done.status_code == 422
    assert "face.png (picture 2 of 2): the picture cannot be read to its end" in done.json()["message"]


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(asking: Asking, as_file: AsFile) -> None:
    done = asking(pixels=2999).post("/predict", files=form(as_file(BRIGHT)))
    assert "too large: 50 × 60 pixels. Allowed: 2,999 in all" in done.json()["message"]


def test_a_body_without_a_length_is_cut_off_too(asking: Asking) -> None:
    def endless() -> Any:
        yield b'--a\r\nContent-Disposition: form-data; name="pictures"; filename="a"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 1000

    done = asking(body_bytes=5000).post("/predict", content=endless(),
                                        headers={"content-type": "multipart/form-data; boundary=a"})
    assert (done.status_code, done.json()["kind"]) == (413, "too_large")


@pytest.mark.parametrize(("method", "path", "status", "kind"), [
    ("GET", "/", 404, "not_found"), ("GET", "/predict", 405, "not_allowed"), ("GET", "/docs", 404, "not_found")])
def test_what_is_not_served_is_said_in_the_same_form(
        asking: Asking, method: str, path: str, status: int, kind: str) -> None:
    done = asking().request(method, path)
    assert (done.status_code, done.json()["kind"]) == (status, kind)
    assert f"{method} {path} is not served" in done.json()["message"]


def test_an_address_that_asks_too_often_is_told_when_to_ask_again(asking: Asking, as_file: AsFile) -> None:
    client, sent = asking(per_minute=2), form(as_file(DARK))
    done = [client.post("/predict?cropped=true", files=sent) for _ in range(3)]
    assert [one.status_code for one in done] == [200, 200, 429]
    assert done[2].headers["retry-after"] == "30"
    assert "testclient has sent its 2 requests of this minute. Ask again in 30 s." in done[2].json()["message"]


def test_who_finds_all_places_taken_is_told_at_once(asking: Asking, as_file: AsFile) -> None:
    client = asking(parallel=1, waiting=1)
    with client.serving.workers.place(), client.serving.workers.place():
        done = client.post("/predict?cropped=true", files=form(as_file(DARK)))
    assert (done.status_code, done.json()["kind"], done.headers["retry-after"]) == (503, "busy", "1")
    assert client.post("/predict?cropped=true", files=form(as_file(DARK))).status_code == 200


def test_many_at_once_are_each_answered_with_their_own(asking: Asking, as_file: AsFile, astronaut: bytes) -> None:
    client = asking(parallel=2, waiting=100)

    def ask(number: int) -> tuple[str, int]:
        if number % 5 == 0:
            return client.post("/predict", files=form(astronaut)).json()["pictures"][0]["faces"][0]["emotion"], number
        picture = BRIGHT if number % 2 else DARK
        sent = form(as_file(picture), name=str(number))
        said = client.post("/predict?cropped=true", files=sent).json()["pictures"][0]
        assert said["name"] == str(number)
        return said["faces"][0]["emotion"], number

    with ThreadPoolExecutor(8) as threads:
        for emotion, number in threads.map(ask, range(40)):
            assert emotion == ("happy" if number % 5 == 0 or number % 2 else "sad")
    assert client.serving.workers.taken == 0


def test_a_slow_upload_is_ended_and_frees_its_place(asking: Asking) -> None:
    client = asking(upload_seconds=0.2)
    sent = []

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await client.app({"type": "http", "method": "POST", "path": "/predict", "raw_path": b"/predict",
                          "query_string": b"", "headers": [(b"content-type", b"multipart/form-data; boundary=a")],
                          "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
                          "http_version": "1.1", "root_path": ""}, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 408
    assert client.serving.workers.taken == 0


def test_the_card_and_the_health_are_told(asking: Asking) -> None:
    client = asking()
    assert Card.model_validate(client.get("/model").json()) == client.serving.predictor.card
    assert client.get("/health").json() == {"status": "ok", "model": "grey_level", "places_taken": 0}


def test_prometheus_reads_what_was_done(asking: Asking, as_file: AsFile) -> None:
    client = asking()
    client.post("/predict?cropped=true", files=form(as_file(DARK), as_file(BRIGHT)))
    client.post("/predict", files=form(b"Dear all"))
    client.get("/nowhere")
    read = {(sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(client.get("/metrics").text) for sample in family.samples}
    assert read["fer_requests_total", "/predict", "200"] == read["fer_requests_total", "/predict", "422"] == 1
    assert read["fer_requests_total", "other", "404"] == 1
    assert read["fer_request_seconds_count", "/predict"] == 2
    assert [read["fer_faces_total", emotion] for emotion in ("sad", "happy", "fear")] == [1, 1, 0]
    assert (read["fer_pictures_total",], read["fer_errors_total", "bad_picture"]) == (2, 1)
    assert read["process_resident_memory_bytes",] > 10_000_000


def test_nothing_of_a_picture_is_written_or_logged(
        asking: Asking, astronaut: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))     # a file there would fail
    large = astronaut + bytes(3_000_000)
    with caplog.at_level(logging.INFO, "uvicorn"):
        done = asking().post("/predict", files=form(large, name="secret.jpg"))
    assert done.status_code == 200
    assert "secret" not in caplog.text
