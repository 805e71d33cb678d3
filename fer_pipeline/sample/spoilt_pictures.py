"""Pictures as a web search returns them: the same photograph prepared anew, and a card where a photograph was."""

import numpy as np

from fer_pipeline.labels import FACE_SIZE

NOISE = 2.0         # standard deviation in grey levels, as of compressing again
TEXT_LINES = range(7, 40, 6)
MARGIN = 5


def relit(face: np.ndarray, rng: np.random.Generator, *, mirrored: bool) -> np.ndarray:
    """A face with less contrast, more light and a little noise, also mirrored; `(48, 48)` uint8."""
    turned = face[:, ::-1] if mirrored else face
    changed = 0.85 * turned + 20 + rng.normal(0, NOISE, face.shape)
    return np.clip(changed.round(), 0, 255).astype(np.uint8)


def text_card(rng: np.random.Generator) -> np.ndarray:
    """A pale card with lines of small grey text, too small to read; `(48, 48)` uint8."""
    card = np.full((FACE_SIZE, FACE_SIZE), rng.integers(240, 256), np.uint8)
    for line in TEXT_LINES:
        end = FACE_SIZE - MARGIN - rng.integers(0, 14)
        ink = rng.integers(150, 240, (2, end - MARGIN), dtype=np.uint8)
        card[line:line + 2, MARGIN:end] = np.where(rng.random(ink.shape) < 0.7, ink, card[0, 0])
    return card
