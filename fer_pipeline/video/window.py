"""A window of the desktop, by tkinter: OpenCV's headless package, which servers can install too, has none."""

import tkinter
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageTk

from fer_pipeline.predicting.annotation import marked
from fer_pipeline.video.live import Figures
from fer_pipeline.video.reading import shrunk
from fer_pipeline.video.tracks import Track

TITLE = "fer live"
SCREEN_SHARE = 0.9      # of the screen, that a large picture may take


class Window:
    """One that shows annotated frames until it is closed.

    Attributes:
        root: As tkinter has it.
    """

    def __init__(self) -> None:
        """Open it, empty.

        Raises:
            tkinter.TclError: There is no display; `showing.why_no_window` says so before.
        """
        self.root = tkinter.Tk()
        self.root.title(TITLE)
        self.root.resizable(width=False, height=False)
        self._open = True
        self.root.protocol("WM_DELETE_WINDOW", self._end)
        for key in ("q", "<Escape>"):
            self.root.bind(key, self._end)
        self._picture: ImageTk.PhotoImage | None = None
        self._place = tkinter.Label(self.root, borderwidth=0)
        self._place.pack()

    def show(self, pixels: np.ndarray, tracks: Sequence[Track], figures: Figures) -> bool:
        """Show a frame `(height, width, 3)` uint8 in red, green, blue; False once the window was closed."""
        drawn = shrunk(marked(pixels, tracks, bars=True), self._room(*pixels.shape[:2]))
        self._picture = ImageTk.PhotoImage(Image.fromarray(drawn), master=self.root)
        self._place.configure(image=self._picture)
        self.root.title(f"{TITLE}: {figures.rate:.0f} frames a second; q ends")
        self.root.update()
        return self._open

    def close(self) -> None:
        """Take it away."""
        self._picture = None    # while its interpreter lives
        self.root.destroy()

    def _room(self, height: int, width: int) -> float:
        """Pixels that the longer side may have on this screen."""
        screen = self.root.winfo_screenwidth() / width, self.root.winfo_screenheight() / height
        return SCREEN_SHARE * min(screen) * max(width, height)

    def _end(self, *_: object) -> None:
        self._open = False
