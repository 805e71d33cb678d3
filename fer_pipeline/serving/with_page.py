"""One process that answers people and programs: the page, and the service beside it."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.serving import server, service
from fer_pipeline.serving.limits import Limits
from fer_pipeline.serving.problems import Problem
from fer_pipeline.serving.rates import Rates
from fer_pipeline.serving.service import Serving

QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
LETTERS = ("system-ui", "sans-serif")
FIXED_LETTERS = ("ui-monospace", "monospace")
GRADIO = "/gradio_api/"
UPLOAD = GRADIO + "upload"
FORM_BYTES = 1_000_000      # beside the file
BASE64 = 2                  # a camera's frame is sent as text, half as large again
UPLOADS_SHARE = 10      # one file for so many requests that an address may send


def serve(models: Sequence[Path], detector: str, limits: Limits, host: str, port: int, proxy: str | None) -> None:
    """Serve the page at / and the service beside it, until Ctrl-C or SIGTERM.

    Args:
        models: Files that the page lets choose from; the network that the package ships if none is named.
        detector: One of `detection.DETECTORS`.
        limits: Of page and service together.
        host: Address to listen on.
        port: 0 for any that is free.
        proxy: Address of a proxy in front; None without.

    Raises:
        InputError: A model, the detector or the port cannot be used.
    """
    files: Sequence[Path | None] = models or (None,)
    predictors = [Predictor(file, detector, threads=1) for file in files]
    with tempfile.TemporaryDirectory(prefix="fer_app_") as uploads:
        os.environ |= QUIET | {"GRADIO_TEMP_DIR": uploads}
        app = build(Serving(predictors[0], limits), named(predictors))
        server.serve(app, host, port, proxy, greeting=f"{predictors[0].card.name} answers at {{address}}; programs at "
                                                      "{address}/predict. Ctrl-C ends it.")


def build(serving: Serving, models: Mapping[str, Predictor]) -> FastAPI:
    """The service with the page at its root; uploads go to GRADIO_TEMP_DIR."""
    import gradio as gr  # seconds, and it reads its environment then

    from fer_pipeline.serving import fragments, layout

    app = service.build(serving)
    app.add_middleware(Guarded, limits=serving.limits)
    theme = gr.themes.Default(font=LETTERS, font_mono=FIXED_LETTERS)
    blocks = layout.build(serving, models)
    blocks.has_launched = True      # Gradio 6.31 checks paths in events only then, which mounting forgets
    return gr.mount_gradio_app(     # type: ignore[no-any-return]
        app, blocks, "/", theme=theme, css=fragments.STYLE, footer_links=[], run_history=False,
        max_file_size=serving.limits.clip_bytes, ssr_mode=False, enable_monitoring=False, mcp_server=False, pwa=False)


def named(predictors: Sequence[Predictor]) -> dict[str, Predictor]:
    """Predictors by the names of their networks; those of one name are numbered."""
    models: dict[str, Predictor] = {}
    for predictor in predictors:
        name, number = predictor.card.name, 2
        while name in models:
            name, number = f"{predictor.card.name} ({number})", number + 1
        models[name] = predictor
    return models


class Guarded:
    """Middleware for what Gradio leaves open: how large a request may be, and how many files an address may send."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Wrap an app."""
        self._app, self._limits = app, limits
        self._rates = Rates(-(-limits.per_minute // UPLOADS_SHARE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(GRADIO):
            await self._app(scope, receive, send)
            return
        left = self._limits.clip_bytes if scope["path"] == UPLOAD else BASE64 * self._limits.body_bytes

        async def receiving() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < -FORM_BYTES:
                raise HTTPException(413)
            return message

        try:
            if scope["path"] == UPLOAD:
                self._rates.take(scope["client"][0] if scope["client"] else "unknown")
            await self._app(scope, receiving, send)
        except Problem as problem:
            headers = {"Retry-After": str(problem.retry_after)}
            await PlainTextResponse(str(problem), problem.status, headers)(scope, receive, send)
