"""Where live faces are shown: a window where there can be one, else the terminal."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.annotation import COLOURS, emotion_of
from fer_pipeline.video.live import Figures
from fer_pipeline.video.tracks import Track

Show = Callable[[np.ndarray, Sequence[Track], Figures], bool]
BAR = 30            # characters
PAUSE = 1.0         # s between plain lines


def why_no_window() -> str | None:
    """What is missing for a window, with the repair; None if there can be one."""
    try:
        import tkinter
    except ModuleNotFoundError:     # some Pythons come without it
        return f"{sys.executable} has no tkinter. Install it, e.g. `apt install python3-tk` for Debian's Python"
    try:
        tkinter.Tk().destroy()
    except tkinter.TclError as error:
        return f"there is no display ({' '.join(str(error).split())}). Run it in a desktop session, or over `ssh -X`"
    return None


@contextmanager
def window() -> Iterator[Show]:
    """Annotated frames; q, Escape or closing it ends."""
    from fer_pipeline.video.window import Window

    opened = Window()
    try:
        yield opened.show
    finally:
        opened.close()


@contextmanager
def terminal() -> Iterator[Show]:
    """A bar an emotion for each face; a plain line a second where the output is no terminal."""
    console = Console()
    if not console.is_terminal:
        yield _lines()
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        def show(_: np.ndarray, tracks: Sequence[Track], figures: Figures) -> bool:
            live.update(_bars(tracks, figures), refresh=True)
            return True

        yield show


def _lines() -> Show:
    """A line of figures and faces each second."""
    told = time.perf_counter()

    def show(_: np.ndarray, tracks: Sequence[Track], figures: Figures) -> bool:
        nonlocal told
        if time.perf_counter() - told >= PAUSE:
            told = time.perf_counter()
            print(f"{figures.now}; {_faces(tracks)}", flush=True)
        return True

    return show


def _faces(tracks: Sequence[Track]) -> str:
    return ", ".join(f"face {track.number} {emotion_of(track)} {max(track.probabilities):.0%}"
                     for track in tracks) or "no face"


def _bars(tracks: Sequence[Track], figures: Figures) -> RenderableType:
    lines = [Text(figures.now, style="dim")]
    for track in tracks:
        lines.append(Text(f"face {track.number}: {emotion_of(track)}", style=f"bold {COLOURS[emotion_of(track)]}"))
        lines += [Text.assemble(f"  {emotion:<9}", (f"{'█' * round(BAR * share):<{BAR}}", COLOURS[emotion]),
                                f"{share:5.0%}") for emotion, share in zip(EMOTIONS, track.probabilities, strict=True)]
    return Group(*(lines if tracks else [*lines, Text("no face")]))
