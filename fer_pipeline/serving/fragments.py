"""What the page shows, as HTML: a picture with its faces, bars of probabilities, the model card."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.annotation import emotion_of
from fer_pipeline.predicting.predictor import Prediction
from fer_pipeline.video.making import Outcome
from fer_pipeline.video.timeline import Told
from fer_pipeline.video.tracks import Track

JPEG_QUALITY = 88
MOST_FACES = 20     # with bars; the picture marks all
NO_FACE = ("<p class='fer-note'>No face was found. The detector sees faces from the front, not much turned, at least a "
           "twentieth of the picture wide. If this picture is a face crop already, say so below it.</p>")
STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def photo(drawn: np.ndarray, predictions: Sequence[Prediction], model: str, maps: Sequence[np.ndarray] | None,
          kind: str = "") -> str:
    """A picture with its faces and their bars; `maps` stand beside the crops where they were asked for."""
    said = ", ".join(f"{one.emotion} {one.confidence:.0%}" for one in predictions) or "no face"
    cards = [_face(number, one, None if maps is None else maps[number - 1], kind)
             for number, one in enumerate(predictions[:MOST_FACES], 1)]
    left_out = len(predictions) - len(cards)
    more = f"<p class='fer-note'>{left_out} smaller faces are marked in the picture alone.</p>" if left_out > 0 else ""
    return (f"<div class='fer-result'>{_image(drawn, f'The picture with its faces marked: {said}', 'fer-picture')}"
            f"<div class='fer-faces'>{''.join(cards)}</div>{more or ('' if cards else NO_FACE)}"
            f"<p class='fer-note'>Told by {escape(model)}.</p></div>")


def live(drawn: np.ndarray, tracks: Sequence[Track], rate: float) -> str:
    """A frame of the camera with its faces, the bars of the largest, and how many frames a second are told."""
    bars = _bars(max(tracks, key=lambda track: track.face.width).probabilities) if tracks else NO_FACE
    said = ", ".join(f"{emotion_of(track)} {max(track.probabilities):.0%}" for track in tracks) or "no face"
    return (f"<div class='fer-result'>{_image(drawn, f'The camera: {said}', 'fer-picture')}"
            f"<section class='fer-face'>{bars}</section><p class='fer-note'>{rate:.1f} frames a second</p></div>")


def clip(video: bytes, chart: bytes, outcome: Outcome) -> str:
    """A video with its faces, what they showed over time, and for how long."""
    cut = " It goes on after that; fer video looks at all of it." if outcome.goes_on else ""
    short = f" It is cut short by {outcome.cut_short:.1f} s." if outcome.cut_short else ""
    told = ("<div class='fer-wide' tabindex='0' role='region' aria-label='Chart'><img class='fer-chart' alt='Emotions "
            f"of each face over time; the table below gives the seconds' src='{_data('image/svg+xml', chart)}'></div>"
            f"<section class='fer-face'>{_seconds(outcome.tracks)}</section>"
            if outcome.tracks else NO_FACE)
    return ("<div class='fer-result'><video controls playsinline class='fer-picture' aria-label='The video with "
            f"its faces marked' src='{_data('video/mp4', video)}'></video>{told}"
            f"<p class='fer-note'>{outcome.seconds:.1f} s, {outcome.frames} frames.{cut}{short}</p></div>")


def _seconds(tracks: Sequence[Told]) -> str:
    seconds = {emotion: sum(track.seconds[emotion] for track in tracks) for emotion in EMOTIONS}
    whole = sum(seconds.values()) or 1.0
    rows = "".join(f"<tr><th scope='row'>{emotion}</th><td>{_meter(one / whole, emotion)}</td><td>{one:.1f} s</td></tr>"
                   for emotion, one in seconds.items())
    return f"<table><caption>Seconds of all faces by emotion</caption>{rows}</table>"


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _face(number: int, prediction: Prediction, heat: np.ndarray | None, kind: str) -> str:
    seen = _image(prediction.crop, f"face {number} as the network saw it", "fer-crop")
    mapped = "" if heat is None else _image(heat, f"{kind} map of face {number} for {prediction.emotion}", "fer-crop")
    legend = "" if heat is None else (f"<p class='fer-note'>As the network saw it; red speaks most for "
                                      f"{prediction.emotion} ({kind} map).</p>")
    return (f"<section class='fer-face'><h3>{number}. {prediction.emotion} {prediction.confidence:.0%}</h3>"
            f"<div class='fer-crops'>{seen}{mapped}</div>{legend}{_bars(prediction.probabilities.tolist())}</section>")


def _bars(shares: Sequence[float]) -> str:
    rows = "".join(f"<tr{' class=fer-most' if share == max(shares) else ''}><th scope='row'>{emotion}</th>"
                   f"<td>{_meter(share, emotion)}</td><td>{share:.1%}</td></tr>"
                   for emotion, share in zip(EMOTIONS, shares, strict=True))
    return f"<table><caption>Calibrated probabilities</caption>{rows}</table>"


def _meter(share: float, of: str) -> str:
    return (f"<div class='fer-bar' role='img' aria-label='{of} {share:.1%}'>"
            f"<span style='width:{100 * share:.1f}%'></span></div>")


def _image(pixels: np.ndarray, alternative: str, style: str) -> str:
    kind, options = (".png", []) if style == "fer-crop" else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    written = cv2.imencode(kind, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels, options)[1]
    content = _data("image/png" if kind == ".png" else "image/jpeg", written.tobytes())
    return f"<img class='{style}' alt='{escape(alternative)}' src='{content}'>"
