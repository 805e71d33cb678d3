"""`fer serve` as a process: from start to a graceful end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from tests.conftest import ROOT

HEAD = b'--a\r\nContent-Disposition: form-data; name="pictures"; filename="p.png"\r\n\r\n'
TAIL = b"\r\n--a--\r\n"


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen, str]]:
    command = [sys.executable, "-m", "fer_pipeline.cli", "serve", *arguments]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}) as service:
        try:
            yield service, service.stdout.readline()
        finally:
            service.kill()


def test_a_request_under_way_is_answered_before_the_end(grey_network: Path, as_file: Callable[..., bytes]) -> None:
    body = HEAD + as_file(np.full((48, 48), 5, np.uint8)) + TAIL
    with serving("--port", "0", "--model", str(grey_network)) as (service, said):
        assert said.startswith("grey_level answers at http://127.0.0.1:")
        address = httpx.URL(said.split(" at ")[1].split(";")[0])
        assert httpx.get(address.copy_with(path="/health")).json()["status"] == "ok"
        with socket.create_connection((address.host, address.port)) as asking:
            asking.sendall(b"POST /predict?cropped=true HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
                           b"boundary=a\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:200])
            _until_taken(address)
            service.send_signal(signal.SIGTERM)
            asking.sendall(body[200:])
            assert asking.recv(100).startswith(b"HTTP/1.1 200")
        assert service.wait(20) == 0
        assert service.stderr.read() == ""


def _until_taken(address: httpx.URL) -> None:
    for _ in range(200):
        if httpx.get(address.copy_with(path="/health")).json()["places_taken"]:
            return
    raise AssertionError("the request never arrived")


def test_ctrl_c_ends_it_without_a_traceback(grey_network: Path) -> None:
    with serving("--port", "0", "--model", str(grey_network)) as (service, _):
        service.send_signal(signal.SIGINT)
        assert service.wait(20) == 0
        assert service.stderr.read() == ""


def test_a_port_in_use_is_named(grey_network: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving("--port", str(port), "--model", str(grey_network)) as (service, _):
            assert service.wait(20) == 1
            said = service.stderr.read()
    assert f"error: 127.0.0.1:{port} cannot be listened on: Address already in use" in said
    assert "Choose another --port" in said


def test_a_model_that_is_not_there_is_named() -> None:
    with serving("--model", "nowhere.onnx") as (service, _):
        assert service.wait(20) == 1
        assert "error: There is no model nowhere.onnx" in service.stderr.read()
