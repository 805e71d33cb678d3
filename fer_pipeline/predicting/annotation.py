"""Faces marked in pictures and in frames: a box and a label each, and the seven probabilities as bars."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.detection import Face
from fer_pipeline.predicting.predictor import Prediction

SHADES = ("#c8374b", "#4f8a3c", "#7d55b0", "#e0a020", "#3a6fc4", "#1fa9a4", "#8a929c")
COLOURS = dict(zip(EMOTIONS, SHADES, strict=True))      # told apart also by most who confuse red and green
INK, PAPER = (255, 255, 255), (20, 24, 32)      # of labels: 17 : 1, whatever lies behind
LINE_SHARE, LETTER_SHARE = 1 / 300, 1 / 32      # of the picture's mean side
LEAST_LINE, LEAST_LETTER = 2, 11                # px
BAR = 4                 # letters that a bar of 100 % is wide
MOST_BARS = 4           # largest faces whose bars are drawn: more would hide the picture
COVER = 150             # of 255, by which the paper behind bars hides the picture
Box = tuple[float, float, float, float]


class Mark(Protocol):
    """A face to be marked, as a `video.tracks.Track` is."""

    @property
    def number(self) -> int:
        """Said in the label."""

    @property
    def face(self) -> Face:
        """Where it is."""

    @property
    def probabilities(self) -> Sequence[float]:
        """In the order of `labels.EMOTIONS`."""


class Numbered(NamedTuple):
    """The face of a picture with its place in the list."""

    number: int
    face: Face
    probabilities: Sequence[float]


def numbered(predictions: Sequence[Prediction]) -> list[Numbered]:
    """Marks of predictions, from 1; those of crops have no place and are left out."""
    return [Numbered(number, one.face, one.probabilities.tolist()) for number, one in enumerate(predictions, 1)
            if one.face is not None]


def emotion_of(mark: Mark) -> str:
    """The most probable emotion."""
    return EMOTIONS[int(np.argmax(mark.probabilities))]


def marked(picture: np.ndarray, marks: Sequence[Mark], *, bars: bool) -> np.ndarray:
    """A copy of a picture `(height, width, 3)` uint8 in red, green, blue with its faces marked.

    Args:
        picture: Any size.
        marks: Faces; they may lie partly outside.
        bars: Whether the probabilities of the largest faces are drawn beside them.
    """
    canvas = _Canvas(picture)
    for mark in marks:
        canvas.box(mark)
    for mark in sorted(marks, key=lambda one: -one.face.width)[:MOST_BARS] if bars else ():
        canvas.bars(mark)
    for mark in marks:
        canvas.label(mark)
    return canvas.pixels


def annotated(picture: np.ndarray, predictions: Sequence[Prediction]) -> np.ndarray:
    """`marked`, of predictions and without bars."""
    return marked(picture, numbered(predictions), bars=False)


class _Canvas:
    """A copy of a picture that is drawn on, in sizes that fit it."""

    def __init__(self, picture: np.ndarray) -> None:
        side = float(np.mean(picture.shape[:2]))
        self._image = Image.fromarray(picture)
        self._draw = ImageDraw.Draw(self._image)
        self._line = max(LEAST_LINE, round(side * LINE_SHARE))
        self._letter = max(LEAST_LETTER, round(side * LETTER_SHARE))
        self._font = _font(self._letter)
        self._room = max(2, self._letter // 4)

    @property
    def pixels(self) -> np.ndarray:
        """What has become of it."""
        return np.asarray(self._image)

    def box(self, mark: Mark) -> None:
        """A line in the emotion's colour between two dark ones."""
        left, top, right, bottom = _edges(mark.face)
        inner = left + self._line, top + self._line, right - self._line, bottom - self._line
        self._draw.rectangle((left, top, right, bottom), outline=PAPER, width=3 * self._line)
        if inner[0] <= inner[2] and inner[1] <= inner[3]:
            self._draw.rectangle(inner, outline=COLOURS[emotion_of(mark)], width=self._line)

    def label(self, mark: Mark) -> None:
        """Above the box, or inside where the picture ends; never outside the picture."""
        text = f"{mark.number} {emotion_of(mark)} {max(mark.probabilities):.0%}"
        width, height = self._width(text) + 3 * self._room, self._letter + 2 * self._room
        left, top, _, _ = _edges(mark.face)
        left = min(max(left, 0), max(self._image.width - width, 0))
        top = min(top - height if top >= height else max(top, 0), max(self._image.height - height, 0))
        self._draw.rectangle((left, top, left + width, top + height), fill=PAPER)
        self._draw.rectangle((left, top, left + self._room, top + height), fill=COLOURS[emotion_of(mark)])
        self._write(text, left + 2 * self._room, top + self._room)

    def bars(self, mark: Mark) -> None:
        """Beside the face where there is room, else on its other side."""
        names, step = max(map(self._width, EMOTIONS)) + 2 * self._room, self._letter + self._room
        width, height = names + BAR * self._letter + self._room, step * len(EMOTIONS) + self._room
        left, top = self._beside(_edges(mark.face), width, height)
        self._image.paste(PAPER, (left, top, left + width, top + height), Image.new("L", (width, height), COVER))
        for place, (emotion, share) in enumerate(zip(EMOTIONS, mark.probabilities, strict=True)):
            head = top + self._room + place * step
            self._write(emotion, left + self._room, head)
            self._draw.rectangle((left + names, head + self._room, left + names + share * BAR * self._letter,
                                  head + self._letter), fill=COLOURS[emotion])

    def _beside(self, edges: Box, width: int, height: int) -> tuple[int, int]:
        left, top, right, _ = edges
        across = right + self._room if right + self._room + width <= self._image.width else left - self._room - width
        return round(max(0, across)), round(max(0, min(top, self._image.height - height)))

    def _width(self, text: str) -> int:
        return round(self._font.getlength(text))

    def _write(self, text: str, left: float, top: float) -> None:
        self._draw.text((left, top + self._letter / 2), text, fill=INK, font=self._font, anchor="lm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _edges(face: Face) -> Box:
    return face.left, face.top, face.left + face.width, face.top + face.height
