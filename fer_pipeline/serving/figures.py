"""Counts for Prometheus, in a registry of their own: two services in one process would not mix."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.serving.answers import Answer

OTHER = "other"     # paths that are not the service's: the page's, and mistyped ones
SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Figures:
    """What is counted of one service."""

    def __init__(self, places_taken: Callable[[], int]) -> None:
        """Start at zero; `places_taken` is asked whenever the figures are read."""
        self.registry = CollectorRegistry()
        self.requests = Counter("fer_requests", "Requests answered", ["path", "status"], registry=self.registry)
        self.seconds = Histogram("fer_request_seconds", "From the first byte in to the last byte out", ["path"],
                                 buckets=SECONDS, registry=self.registry)
        self.pictures = Counter("fer_pictures", "Pictures looked at", registry=self.registry)
        self.faces = Counter("fer_faces", "Faces told, by their most probable emotion", ["emotion"],
                             registry=self.registry)
        self.errors = Counter("fer_errors", "Requests refused, by kind", ["kind"], registry=self.registry)
        Gauge("fer_places_taken", "Requests that compute or wait", registry=self.registry).set_function(places_taken)
        ProcessCollector(registry=self.registry)
        for emotion in EMOTIONS:
            self.faces.labels(emotion)

    def count(self, answer: Answer) -> None:
        """Count what was said."""
        self.pictures.inc(len(answer.pictures))
        for picture in answer.pictures:
            for face in picture.faces:
                self.faces.labels(face.emotion).inc()

    def text(self) -> bytes:
        """As Prometheus reads them."""
        return generate_latest(self.registry)


class Counted:
    """Middleware that counts requests, their seconds and their refusals."""

    def __init__(self, app: ASGIApp, figures: Figures, paths: frozenset[str]) -> None:
        """Wrap an app; requests of other `paths` are counted together."""
        self._app, self._figures, self._paths = app, figures, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), ["500"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, status[0], time.monotonic() - started)

    def _note(self, scope: Scope, status: str, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self._paths else OTHER
        self._figures.requests.labels(path, status).inc()
        self._figures.seconds.labels(path).observe(seconds)
        if "problem" in scope:
            self._figures.errors.labels(scope["problem"]).inc()
