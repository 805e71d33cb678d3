"""Kaggle on this machine: its API and the storage that it redirects to, behind one real HTTP server on a free port.

The server stands as the proxy of the process (`http_proxy`), so kagglesdk's fixed test address and a storage under
another host name both lead here, and no port is fixed: two workers, or two checkouts, never meet.
"""

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import cv2

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS

API, STORAGE = "localhost:7777", "storage.test"     # the first is kagglesdk's, for KAGGLE_API_ENVIRONMENT=TEST
LOGIN = base64.b64encode(b"anna:kaggle-key-1234").decode()


@dataclass
class Seen:
    """One request."""

    host: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """What the server says instead of the usual, e.g. `Answer(429, {"Retry-After": "0"})`.

    Attributes:
        cut: Number of bytes after which the connection is cut; the announced length stays that of the whole.
        hang: Set it to let a request that hangs after `cut` bytes go.
        told: The body's message; in it {sent} stands for the credentials that came with the request.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: threading.Event | None = None
    told: str = "no"
    status_in_body: int | None = None       # the API's JSON may hold another status than the answer


@dataclass
class Kaggle:
    """What Kaggle has, what it answers, and what it was asked. Fields may be changed at any moment."""

    content: bytes
    licence: str | None = "DbCL-1.0"
    version: int = 3
    delivered: str = "archive.zip"
    md5: bool = True
    etag: str | None = '"v3"'
    ranges: bool = True
    api: list[Answer] = field(default_factory=list)         # each used once, then the usual
    download: list[Answer] = field(default_factory=list)    # the same, for the API's redirect
    storage: list[Answer] = field(default_factory=list)     # the same, for a GET that wants bytes
    seen: list[Seen] = field(default_factory=list)
    after_fetch: Callable[[], None] = lambda: None          # called once bytes were sent
    announced: str | None = None                            # md5 in base64, if not that of the content
    address: str = ""

    def asked(self, host: str, part: str = "") -> list[Seen]:
        return [seen for seen in self.seen if seen.host == host and part in seen.path]

    def fetches(self) -> list[Seen]:
        """Requests for bytes: those that follow the API's redirect only look at the headers."""
        return [seen for seen in self.asked(STORAGE) if seen.headers.get("Accept-Encoding") == "identity"]

    def md5_base64(self) -> str:
        return self.announced or base64.b64encode(hashlib.md5(self.content).digest()).decode()


def serve(kaggle: Kaggle) -> ThreadingHTTPServer:
    """Start it in a thread; shut it down and close it at the end."""

    class Handler(_Handler):
        has = kaggle

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kaggle.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    has: Kaggle

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:      # the API: kagglesdk posts JSON
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self._note(body)
        ask: dict[str, Callable[[], None]] = {"GetDataset": self._describe, "DownloadDataset": self._redirect,
                                              "DownloadDataFile": self._redirect, "DownloadDataFiles": self._redirect}
        queue = self.has.api if path.endswith("GetDataset") else self.has.download
        answer = queue.pop(0) if queue else None
        if answer:
            return self._refuse(answer)
        return ask[path.rsplit("/", 1)[1]]()

    def do_GET(self) -> None:       # the storage
        self._note({})
        wants_bytes = self.headers.get("Accept-Encoding") == "identity"
        answer = self.has.storage.pop(0) if wants_bytes and self.has.storage else Answer()
        if answer.status != 200:
            return self._refuse(answer)
        begin = self._begin()
        if begin >= len(self.has.content):
            return self._send(416, {"Content-Range": f"bytes */{len(self.has.content)}"}, b"")
        return self._content(begin, answer)

    def _note(self, body: dict[str, Any]) -> str:
        url = urlsplit(self.path)
        self.has.seen.append(Seen(url.netloc, url.path, dict(self.headers), body))
        return url.path

    def _describe(self) -> None:
        self._send(200, {"Content-Type": "application/json"}, json.dumps({
            "ref": "anna/faces", "title": "Faces", "licenseName": self.has.licence,
            "lastUpdated": "2020-07-19T00:00:00Z", "currentVersionNumber": self.has.version}).encode())

    def _redirect(self) -> None:
        self._send(302, {"Location": f"http://{STORAGE}/bundle/{self.has.delivered}?X-Goog-Signature=signed-1"}, b"")

    def _refuse(self, answer: Answer) -> None:
        message = answer.told.format(sent=self._credentials())
        told = json.dumps({"code": answer.status_in_body or answer.status, "message": message}).encode()
        self._send(answer.status, {"Content-Type": "application/json"} | answer.headers, told)

    def _credentials(self) -> str:
        sent = self.headers.get("Authorization", "")
        return f"{sent} {base64.b64decode(sent.split()[1]).decode()}" if sent.startswith("Basic") else sent

    def _begin(self) -> int:
        wanted = self.headers.get("Range", "")
        same = self.headers.get("If-Range", self.has.etag) == self.has.etag
        return int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.has.ranges and same else 0

    def _content(self, begin: int, answer: Answer) -> None:
        rest = self.has.content[begin:]
        headers = {"Content-Type": "application/zip", "Content-Length": str(len(rest))} | answer.headers
        if self.has.md5:
            headers["x-goog-hash"] = f"crc32c=AAAAAA==,md5={self.has.md5_base64()}"
        if self.has.etag:
            headers["ETag"] = self.has.etag
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(self.has.content) - 1}/{len(self.has.content)}"
        headers = {name.lower(): value for name, value in headers.items()}
        self._send(206 if begin else 200, headers, rest[:answer.cut])
        if answer.hang:
            answer.hang.wait(20)
        if self.headers.get("Accept-Encoding") == "identity":
            self.has.after_fetch()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"content-length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:     # who only looks at headers hangs up
            self.close_connection = True


def named_by_usage(faces: Faces) -> bytes:
    """A zip of pictures in the layout of msambare/fer2013: a third of the faces each usage."""
    content, usages = io.BytesIO(), ("Training", "PublicTest", "PrivateTest")
    with zipfile.ZipFile(content, "w") as file:
        for number, (face, emotion) in enumerate(zip(faces.pixels, faces.emotion, strict=True)):
            usage = usages[number * len(usages) // len(faces)]
            folder = "train" if usage == "Training" else "test"
            file.writestr(f"{folder}/{EMOTIONS[emotion]}/{usage}_{number}.png",
                          cv2.imencode(".png", face)[1].tobytes())
    return content.getvalue()
