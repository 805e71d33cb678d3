"""`fer video`: the emotions of faces over the time of a film."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_pipeline.commands.network_options import Detector, Fast, Model
from fer_pipeline.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from fer_pipeline.predicting.predictor import Predictor
    from fer_pipeline.video.analysis import Analyser
    from fer_pipeline.video.finishing import Outputs
    from fer_pipeline.video.making import Outcome, Wishes

LISTED = 8      # tracks in the terminal; the timeline has all


def video(
    files: Annotated[list[Path], typer.Argument(help="Videos; an animated GIF is one", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Folder of the results", show_default="beside each video")] = None,
    every: Annotated[int, typer.Option(min=1, help="Analyse one frame in so many")] = 1,
    model: Model = None,
    detector: Detector = "haar",
    fast: Fast = False,
    no_video: Annotated[bool, typer.Option("--no-video", help="Timeline and chart only")] = False,
    search: Annotated[float, typer.Option(min=0, help="Seconds from one search of a whole frame for faces to the next; "
                                                      "in between, only around known ones")] = 0.5,
) -> None:
    """Write an annotated copy, a timeline (csv) and a chart of videos. Stopped, the same command goes on."""
    from fer_pipeline.predicting.predictor import Predictor
    from fer_pipeline.video.finishing import Outputs
    from fer_pipeline.video.making import Wishes

    places = {file: Outputs.of(file, out) for file in files}
    _require_own_outputs(places)
    predictor = Predictor(model, detector, fast=fast)
    _each(places, predictor, search, Wishes(every, not no_video))


def _each(places: dict[Path, Outputs], predictor: Predictor, search: float, wishes: Wishes) -> None:
    from fer_pipeline.video.analysis import Analyser

    failed: list[str] = []
    for file, outputs in places.items():
        try:
            _one(file, outputs, Analyser(predictor, search), wishes)
        except InputError as error:
            failed.append(str(error))
    if failed:
        of = f"{len(failed)} of {len(places)} videos failed:\n" if len(places) > 1 else ""
        raise InputError(of + "\n".join(failed))


def _one(file: Path, outputs: Outputs, analyser: Analyser, wishes: Wishes) -> None:
    from fer_pipeline.video.making import make

    with _progress() as progress:
        task = progress.add_task(file.name, total=None)
        try:
            outcome = make(file, outputs, analyser, wishes,
                           lambda done, said: progress.update(task, completed=done, total=said or None))
        except OSError as error:
            raise InputError(f"{outputs.unfinished.parent} cannot be written to: {error.strerror or error}. Make room, "
                             "or name another folder with --out, and run the same command again.") from None
        except KeyboardInterrupt:
            progress.stop()
            typer.echo(f"Stopped. The same command goes on; what is done is in {outputs.unfinished}.", err=True)
            raise typer.Exit(130) from None
    typer.echo("\n".join(_summary(file, outputs, analyser.predictor, wishes, outcome)))


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("frames"),
                    TimeRemainingColumn(), console=Console(stderr=True), transient=True)


def _summary(file: Path, outputs: Outputs, predictor: Predictor, wishes: Wishes, outcome: Outcome) -> list[str]:
    written = [*([outputs.video] if wishes.annotated else []), outputs.timeline, outputs.chart]
    rate = f"{outcome.made / outcome.took:.1f} frames a second" if outcome.made else "all frames were done before"
    return [f"{file.name}: {outcome.seconds:.1f} s, {outcome.frames} frames, {outcome.analysed} analysed; {rate}",
            f"  model     {predictor.card.name} ({predictor.network.file.name}), {_views(predictor)}; faces by "
            f"{predictor.detector.name}",
            *_tracks(outcome), *_cut_short(outcome), *(f"  written   {one}" for one in written)]


def _tracks(outcome: Outcome) -> list[str]:
    from fer_pipeline.video.chart import LEAST_SECONDS

    if not outcome.tracks:
        return [f"  no face in any of the {outcome.analysed} frames analysed"]
    lasting = sorted((track for track in outcome.tracks if track.seen >= LEAST_SECONDS), key=lambda one: -one.seen)
    lines = [f"  face {track.number:<4} {track.first:7.1f} to {track.last:.1f} s: "
             + ", ".join(f"{emotion} {seconds:.1f} s" for emotion, seconds in Counter(track.seconds).most_common()
                         if seconds >= 0.05) for track in lasting[:LISTED]]
    rest = len(outcome.tracks) - len(lines)
    return [*lines, f"  and {rest} more {'track' if rest == 1 else 'tracks'}, shorter ones"] if rest else lines


def _cut_short(outcome: Outcome) -> list[str]:
    if not outcome.cut_short:
        return []
    return [f"  cut short: the file promises {outcome.cut_short:.1f} s more, which cannot be read"]


def _views(predictor: Predictor) -> str:
    import numpy as np

    from fer_pipeline.inference import views

    number = sum(1 for _ in views(np.zeros((1, 48, 48), np.uint8), predictor.test_time))
    return f"{number} views of a face" if number > 1 else "one view of a face"


def _require_own_outputs(places: dict[Path, Outputs]) -> None:
    for timeline, times in Counter(outputs.timeline for outputs in places.values()).items():
        if times > 1:
            raise InputError(f"{times} of the videos would write {timeline}. Rename one, or run them one by one with "
                             "different --out.")
