"""What the page answers to people: a photo, a camera, a video."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.annotation import marked, numbered
from fer_pipeline.predicting.pictures import read_picture
from fer_pipeline.predicting.predictor import Prediction, Predictor
from fer_pipeline.serving import fragments, heat
from fer_pipeline.serving.problems import Problem
from fer_pipeline.serving.service import Serving
from fer_pipeline.video.analysis import Analyser
from fer_pipeline.video.boxes import scaled
from fer_pipeline.video.finishing import Outputs
from fer_pipeline.video.making import Wishes, make
from fer_pipeline.video.reading import shrunk

PHOTO_SIDE = 1280       # px; a larger photo is shown at this size
LIVE_SIDE = 480         # px; a larger frame is looked at at this size
SMOOTHING = 0.8         # of the frame rate shown


@dataclass(frozen=True)
class Before:
    """What the next frame of a camera goes on from.

    Attributes:
        memory: Of an `Analyser`.
        moment: When the last frame was told, by `time.monotonic`.
        rate: Frames a second until then; 0 if it is not known.
    """

    memory: dict[str, Any]
    moment: float
    rate: float = 0.0

    def rate_after(self, now: float) -> float:
        """Frames a second, smoothed."""
        latest = 1 / max(now - self.moment, 1e-3)
        return SMOOTHING * self.rate + (1 - SMOOTHING) * latest if self.rate else latest


class Page:
    """What the page does when it is asked."""

    def __init__(self, serving: Serving, models: Mapping[str, Predictor]) -> None:
        """Of networks by name, the first of which answers unless another is chosen."""
        self.serving, self.models = serving, models

    async def photo(self, content: bytes | None, model: str, cropped: bool, mapped: bool, request: gr.Request) -> str:
        """A picture with its faces."""
        if content is None:
            return ""
        with _as_messages():
            self._rate(request)
            said: str = await self._run(self.models[model], partial(self._photo, content, cropped, mapped))
        return said

    def _photo(self, content: bytes, cropped: bool, mapped: bool, own: Predictor) -> str:
        pixels = read_picture(content, self.serving.limits.pixels)
        predictions = own(pixels, cropped=cropped)
        maps = heat.heat(own.network, predictions[:fragments.MOST_FACES]) if mapped else None
        kind = heat.kind(own.network) if mapped else ""
        return fragments.photo(shown(pixels, predictions), predictions, own.card.name, maps, kind)

    async def live(self, content: bytes | None, model: str, before: Before | None) -> tuple[Any, Any]:
        """A frame with its faces, and what the next one goes on from."""
        if content is None:
            return gr.skip(), gr.skip()
        with _as_messages():
            try:
                told: tuple[str, Before] = await self._run(self._once(model), partial(self._live, content, before))
            except Problem:     # all threads are taken: this frame is dropped
                return gr.skip(), gr.skip()
        return told

    def _live(self, content: bytes, before: Before | None, own: Predictor) -> tuple[str, Before]:
        pixels, now, analyser = shrunk(read_picture(content, self.serving.limits.pixels), LIVE_SIDE), \
            time.monotonic(), Analyser(own)
        if before is not None:
            analyser.remember(before.memory)
        tracks = analyser.look(pixels, now)
        after = Before(analyser.memory(), now, before.rate_after(now) if before else 0.0)
        return fragments.live(marked(pixels, tracks, bars=False), tracks, after.rate), after

    def clip(self, file: str | None, model: str, request: gr.Request,
             progress: gr.Progress = gr.Progress()) -> str:     # noqa: B008, Gradio's way
        """A video with its faces; on a thread of its own, which only waits while frames are looked at."""
        if file is None:
            return ""
        with _as_messages(), tempfile.TemporaryDirectory() as folder, self.serving.workers.place():
            self._rate(request)
            outputs = Outputs.of(Path(file), Path(folder))
            analyser = Analyser(self._once(model), run=self.serving.workers.wait)
            try:
                outcome = make(Path(file), outputs, analyser, Wishes(excerpt=self.serving.limits.clip),
                               lambda done, said: progress(done / max(done, said), f"{done} of {said} frames"))
            except InputError as error:     # whose names of files say nothing to people elsewhere
                raise InputError(str(error).replace(file, Path(file).name)) from None
            return fragments.clip(outputs.video.read_bytes(), outputs.chart.read_bytes(), outcome)

    async def _run(self, predictor: Predictor, work: Callable[[Predictor], Any]) -> Any:
        with self.serving.workers.place():
            return await self.serving.workers.run(predictor, work)

    def _once(self, model: str) -> Predictor:
        return self.serving.once(self.models[model])

    def _rate(self, request: gr.Request) -> None:
        self.serving.rates.take(request.client.host if request.client else "unknown")


def shown(picture: np.ndarray, predictions: list[Prediction]) -> np.ndarray:
    """A photo `(height, width, 3)` uint8 with its faces marked, no larger than a page can use."""
    small = shrunk(picture, PHOTO_SIDE)
    factor = small.shape[1] / picture.shape[1]
    return marked(small, [one._replace(face=scaled(one.face, factor)) for one in numbered(predictions)], bars=False)


class _as_messages:     # noqa: N801, reads as a word
    """Refusals as messages in the page."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, InputError | Problem):
            raise gr.Error(_escaped(str(error)), title="This cannot be used", print_exception=False) from None


def _escaped(message: str) -> str:
    return message.replace("&", "&amp;").replace("<", "&lt;")      # Gradio shows messages as HTML
