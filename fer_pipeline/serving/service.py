"""The network for programs: `POST /predict` takes pictures, `/model`, `/health` and `/metrics` tell of the service."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from fer_pipeline.predicting.card import Card
from fer_pipeline.predicting.networks import ONE_VIEW
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.serving import problems
from fer_pipeline.serving.answers import Answer, Options, answer
from fer_pipeline.serving.figures import Counted, Figures
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.rates import Rates
from fer_pipeline.serving.uploads import FIELD, FORM, read_pictures
from fer_pipeline.serving.workers import Workers

PATHS = frozenset({"/predict", "/health", "/model", "/metrics", "/openapi.json"})
ABOUT = ("Emotions of faces, by a network trained on FER-2013. It reads faces as a few people labelled photographs; it "
         "does not know what anybody feels, and is not for decisions about people. Pictures are kept in memory while "
         "they are looked at, never written to a disk and never logged.")


class Health(BaseModel):
    """Of the service."""

    status: Literal["ok"] = "ok"
    model: str = Field(description="which network answers")
    places_taken: int = Field(description="requests that compute or wait")


class Serving:
    """What requests of programs and of people share: the network, the threads, the rates, the figures."""

    def __init__(self, predictor: Predictor, limits: Limits) -> None:
        """Open the threads."""
        self.predictor, self.limits = predictor, limits
        self.workers = Workers(predictor.detector.name, limits)
        self.rates = Rates(limits.per_minute)
        self.figures = Figures(lambda: self.workers.taken)

    @staticmethod
    def once(predictor: Predictor) -> Predictor:
        """The same seeing each face once."""
        once = copy.copy(predictor)
        once.test_time = ONE_VIEW
        return once


def build(serving: Serving) -> FastAPI:
    """The service as an ASGI app.

    Args:
        serving: Network and limits.
    """

    @asynccontextmanager
    async def until_the_end(_: FastAPI) -> AsyncIterator[None]:
        yield
        serving.workers.close()

    app = FastAPI(title="FER pipeline", version="1", description=ABOUT, lifespan=until_the_end,
                  docs_url=None, redoc_url=None)      # those pages fetch scripts from elsewhere
    problems.install(app)
    app.add_middleware(Counted, figures=serving.figures, paths=PATHS)
    _predict(app, serving)
    _tell(app, serving)
    return app


def _predict(app: FastAPI, serving: Serving) -> None:
    @app.post("/predict", summary="Emotions of the faces of pictures", openapi_extra=_form(serving.limits),
              responses=problems.described(400, 408, 413, 415, 422, 429, 503))
    async def predict(request: Request, options: Annotated[Options, Query()]) -> Answer:
        """Send one or more pictures as a form. One that cannot be used refuses the request and is named."""
        serving.rates.take(request.client.host if request.client else "unknown")
        with serving.workers.place():
            files = await read_pictures(request, serving.limits)
            said = await serving.workers.run(
                serving.predictor if options.all_views else serving.once(serving.predictor),
                lambda own: answer(own, files, serving.limits.pixels, cropped=options.cropped))
        serving.figures.count(said)
        return said


def _tell(app: FastAPI, serving: Serving) -> None:
    @app.get("/health", summary="Whether it works")
    async def health() -> Health:
        return Health(model=serving.predictor.card.name, places_taken=serving.workers.taken)

    @app.get("/model", summary="What the network says of itself: its training, its accuracy with interval")
    async def model() -> Card:
        return serving.predictor.card

    @app.get("/metrics", summary="Figures for Prometheus", response_class=Response,
             responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
    async def metrics() -> Response:
        return Response(serving.figures.text(), media_type=CONTENT_TYPE_LATEST)


def _form(limits: Limits) -> dict[str, Any]:
    pictures = {"type": "array", "minItems": 1, "maxItems": limits.files,
                "items": {"type": "string", "format": "binary"},
                "description": f"picture files, {limits.body_bytes:,} bytes in all, {limits.pixels:,} pixels each"}
    schema = {"type": "object", "required": [FIELD], "additionalProperties": False, "properties": {FIELD: pictures}}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
