"""Pictures that probably show no face: black ones, text cards, warning triangles, three dots, logos, camera icons.

Decided from the grey levels of the single picture; either reason suffices:

- flat: at least 55 % of the pixels differ by at most 4 grey levels from all their neighbours. Skin and hair do not.
- pale_card: at least half of the pixels lie within 2 grey levels of one of two greys, and at most 1 % are darker than
  level 118. A face has pupils, nostrils and a mouth, which are dark even against white.

Nothing is fitted. The thresholds were set by hand, looking at FER-2013 and at 79 of its pictures labelled by eye
(tests/real_data/known_non_faces.csv): 67 of the 79 are found, and no other of the 35,887. So this is no recall on
unseen pictures. Missed: photographs of things or of bodies without a face (8), signs (4). Drawn faces are not meant to
be found.
"""

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import PIXELS

GREY_LEVELS = 256
FLAT_RANGE = 4          # grey levels in a 3 x 3 neighbourhood; JPEG leaves about 2 in a plain area
GREY_WIDTH = 2          # grey levels either side of a dominant grey
FLAT_SHARE = 0.55       # known pictures: 0.60 and up for black and triangles; photographs reach 0.54
CARD_SHARE = 0.50       # cards: 0.53 and up
CARD_DARKEST = 118      # cards: 123 and up; photographs and drawings with that share reach 112
DARK_PIXELS = PIXELS // 100
REASONS = ("flat", "pale_card")
BLOCK = 4096            # faces at once: 40 MB of histograms


def find_non_faces(faces: Faces) -> pd.DataFrame:
    """List the pictures that probably show no face.

    Returns:
        A frame with row, emotion, reason (the first of `REASONS` that holds), flat_share, two_greys_share (fractions
        in [0, 1]) and darkest (grey level below which 1 % of the pixels lie), by position.
    """
    measured = measure(faces.pixels)
    reasons = _reasons(measured)
    known = pd.DataFrame({"row": faces.row, "emotion": faces.emotion, "reason": reasons})
    return pd.concat([known, measured], axis=1).loc[lambda frame: frame["reason"] != ""].reset_index(drop=True)


def measure(pixels: np.ndarray) -> pd.DataFrame:
    """Measure what the rule decides by.

    Args:
        pixels: `(faces, 48, 48)` uint8.

    Returns:
        A frame with flat_share, two_greys_share and darkest, one row a face.
    """
    blocks = [pixels[start:start + BLOCK] for start in range(0, max(len(pixels), 1), BLOCK)]
    return pd.concat([_measure_block(block) for block in blocks], ignore_index=True)


def _measure_block(pixels: np.ndarray) -> pd.DataFrame:
    histogram = _histogram(pixels)
    darkest = (np.cumsum(histogram, axis=1) > DARK_PIXELS).argmax(axis=1)
    return pd.DataFrame({"flat_share": _flat_share(pixels), "two_greys_share": _two_greys_share(histogram),
                         "darkest": darkest})


def _reasons(measured: pd.DataFrame) -> np.ndarray:
    card = (measured["two_greys_share"] >= CARD_SHARE) & (measured["darkest"] >= CARD_DARKEST)
    return np.select([measured["flat_share"] >= FLAT_SHARE, card], REASONS, default="")


def _histogram(pixels: np.ndarray) -> np.ndarray:
    """Pixels of each grey level, `(faces, 256)`."""
    places = pixels.reshape(len(pixels), PIXELS) + GREY_LEVELS * np.arange(len(pixels))[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=GREY_LEVELS * len(pixels)).reshape(len(pixels), GREY_LEVELS)


def _flat_share(pixels: np.ndarray) -> np.ndarray:
    """Share of the pixels with little difference in their 3 x 3 neighbourhood, cut at the border."""
    highest = lowest = np.pad(pixels, ((0, 0), (1, 1), (1, 1)), mode="edge")
    for ahead, here, behind in (np.s_[:, 2:], np.s_[:, 1:-1], np.s_[:, :-2]), (
            np.s_[:, :, 2:], np.s_[:, :, 1:-1], np.s_[:, :, :-2]):
        highest = np.maximum(np.maximum(highest[ahead], highest[here]), highest[behind])
        lowest = np.minimum(np.minimum(lowest[ahead], lowest[here]), lowest[behind])
    return np.asarray((highest - lowest <= FLAT_RANGE).mean(axis=(1, 2)))


def _two_greys_share(histogram: np.ndarray) -> np.ndarray:
    """Share of the pixels near the commonest grey, and near the next commonest apart from it."""
    width = 2 * GREY_WIDTH + 1
    padded = np.pad(histogram, ((0, 0), (GREY_WIDTH, GREY_WIDTH)))
    near = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).sum(axis=2)
    commonest = near.argmax(axis=1)
    apart = np.abs(np.arange(GREY_LEVELS) - commonest[:, np.newaxis]) >= width
    return np.asarray((near.max(axis=1) + np.where(apart, near, 0).max(axis=1)) / PIXELS)
