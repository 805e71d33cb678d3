"""`fer live`: the emotions of faces before a camera."""

from __future__ import annotations

import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_pipeline.commands.network_options import Detector, Fast, Model
from fer_pipeline.errors import InputError

if TYPE_CHECKING:
    from fer_pipeline.video.newest import Source
    from fer_pipeline.video.showing import Show


def live(
    camera: Annotated[int, typer.Option(min=0, help="Number of the camera")] = 0,
    source: Annotated[str | None, typer.Option(help="Instead of a camera: an address (rtsp://…), or a file, which is "
                                                    "played in real time")] = None,
    window: Annotated[bool | None, typer.Option("--window/--terminal", help="Where to show it",
                                                show_default="a window where there can be one")] = None,
    model: Model = None,
    detector: Detector = "haar",
    fast: Fast = False,
) -> None:
    """Show the emotions of faces while they happen; frames that come too fast are dropped. Ctrl-C ends."""
    from fer_pipeline.predicting.predictor import Predictor
    from fer_pipeline.video.live import Figures, follow
    from fer_pipeline.video.newest import Newest
    from fer_pipeline.video.steady import SteadyAnalyser

    chosen = _place(window)
    predictor = Predictor(model, detector, fast=fast)
    newest, figures = Newest(_source(camera, source)), Figures()
    typer.echo(f"{predictor.card.name} ({predictor.network.file.name}) answers; Ctrl-C ends")
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # the terminal is to be left as it was
    try:
        with newest, chosen as show:
            ended = follow(newest, SteadyAnalyser(predictor), show, figures)
        if not figures.captured:
            raise InputError(f"{_named(camera, source)} gave no frame. End other programs that use it, see whether it "
                             "plays elsewhere, or name another one.")
        typer.echo("Ended: no more frames came." if ended else "Ended: the window was closed.")
    except KeyboardInterrupt:
        typer.echo("Stopped.")
    typer.echo(str(figures))


def _place(wanted: bool | None) -> AbstractContextManager[Show]:
    from fer_pipeline.video import showing

    missing = None if wanted is False else showing.why_no_window()
    if wanted and missing:
        raise InputError(f"No window can be opened: {missing}; or use --terminal.")
    if missing:
        typer.echo(f"Shown in the terminal. For a window: {missing}.")
    return showing.terminal() if wanted is False or missing else showing.window()


def _named(camera: int, source: str | None) -> str:
    return f"Camera {camera}" if source is None else source


def _source(camera: int, source: str | None) -> Source:
    if source is None:
        return camera
    return source if "://" in source else Path(source)
