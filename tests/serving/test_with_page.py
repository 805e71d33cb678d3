"""`fer app`: the page and the service in one process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.conftest import ROOT

UPLOAD = "/gradio_api/upload"


@pytest.fixture(scope="module")
def client(grey_network: Path) -> Iterator[httpx.Client]:
    """Of a page with one network twice, where an address may leave two files a minute."""
    command = [sys.executable, "-m", "fer_pipeline.cli", "app", "--port", "0", "--per-minute", "20"]
    models = ["--model", str(grey_network)] * 2
    with subprocess.Popen([*command, *models], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}) as app:
        address = app.stdout.readline().split(" answers at ")[1].split(";")[0]
        with httpx.Client(base_url=address, timeout=60) as asking:
            yield asking
        app.terminate()


def test_people_and_programs_are_answered(client: httpx.Client, as_file: Callable[..., bytes]) -> None:
    page = client.get("/").text
    assert "Emotions of faces" in page
    assert "grey_level (2)" in page
    done = client.post("/predict?cropped=true", files={"pictures": as_file(np.full((48, 48), 5, np.uint8))})
    assert done.json()["pictures"][0]["faces"][0]["emotion"] == "sad"


def test_what_the_page_can_do_is_no_api_for_programs(client: httpx.Client) -> None:
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_no_letters_or_scripts_come_from_elsewhere(client: httpx.Client) -> None:
    assert "fonts.googleapis" not in client.get("/").text + client.get("/theme.css").text


def test_a_frame_that_is_too_large_is_refused(client: httpx.Client) -> None:
    assert client.post("/gradio_api/queue/join", content=b"x" * 22_000_000).status_code == 413


def test_an_address_can_leave_only_so_many_files(client: httpx.Client) -> None:
    done = [client.post(UPLOAD, files={"files": ("a.png", b"x")}) for _ in range(3)]
    assert [one.status_code for one in done] == [200, 200, 429]
    assert int(done[2].headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/etc/hostname", str(ROOT / "docs" / "sample_faces.png"), "http://192.0.2.1/a.png"])
@pytest.mark.parametrize("event", [0, 2])
def test_files_of_this_machine_and_other_addresses_are_out_of_reach(
        client: httpx.Client, path: str, event: int) -> None:
    others = ["grey_level", False, False] if event == 0 else ["grey_level"]
    sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
    session = f"{event}{abs(hash(path))}"
    client.post("/gradio_api/queue/join", json={"data": [sent, *others], "fn_index": event, "session_hash": session})
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as lines:
        said = next(line for line in lines.iter_lines() if "process_completed" in line)
    assert '"success":false' in said
    assert "was not uploaded" in said
