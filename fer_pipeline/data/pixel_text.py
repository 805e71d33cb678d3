"""Grey levels as text, such as `70 80 255`, to faces: all characters of several rows at once, in uint8.

Every character is taken as the last of a value, which is then its digit, ten times the one before and a hundred times
the one before that; `numpy` keeps the values at those that are last. Half of the time goes into finding these.
"""

from collections.abc import Sequence

import numpy as np

from fer_pipeline.labels import FACE_SIZE, PIXELS

GROUP_ROWS = 32         # 270 kB of text: its arrays stay in the caches
BEFORE = 3              # characters that the first value, too, has before its last
SPACE, ZERO, TEN, HUNDRED = (np.uint8(value) for value in (ord(" "), ord("0"), 10, 100))
BLANK = np.uint8(256 + ord(" ") - ord("0"))     # a space as a digit


def parse_pixels(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn many rows' pixels into faces.

    Args:
        texts: Pixels of each row, grey levels separated by spaces.

    Returns:
        Faces `(rows, 48, 48)` uint8, zero where unreadable; values counted in each row `(rows,)`; and whether a row is
        unreadable `(rows,)` bool: not 2,304 values of at most three digits and 255, or other characters among them.
    """
    faces = np.zeros((len(texts), PIXELS), np.uint8)
    counts = np.full(len(texts), PIXELS)
    unreadable = np.zeros(len(texts), bool)
    for start in range(0, len(texts), GROUP_ROWS):
        group = slice(start, start + GROUP_ROWS)
        if not _read_texts(texts[group], faces[group]):
            for row, text in enumerate(texts[group], start):
                unreadable[row] = not _read_texts([text], faces[row:row + 1])
                counts[row] = _count(text)
    return faces.reshape(-1, FACE_SIZE, FACE_SIZE), counts, unreadable


def _read_texts(texts: Sequence[str], faces: np.ndarray) -> bool:
    stops = np.cumsum([len(text) + 1 for text in texts]) - 1
    return read_values(_characters(" ".join(texts)), np.concatenate([[0], stops[:-1] + 1]), stops, faces)


def _characters(text: str) -> np.ndarray:
    return np.frombuffer(text.replace("\n", " ").encode("ascii", "replace"), np.uint8)


def read_values(text: np.ndarray, starts: np.ndarray, stops: np.ndarray, faces: np.ndarray) -> bool:
    """Write the values of several rows into `faces`, unless any of them is unreadable.

    Args:
        text: `(characters,)` uint8.
        starts, stops: `(rows,)`, where the pixels of each row stand in it, with a character at least between two rows.
        faces: `(rows, 48, 48)` uint8, for the values.
    """
    digits = _digits(text, starts, stops)
    is_digit = digits < TEN
    if np.count_nonzero(is_digit) + np.count_nonzero(digits == BLANK) < len(digits):
        return False
    found = np.flatnonzero(is_digit[BEFORE:-1] > is_digit[BEFORE + 1:])
    if len(found) != len(starts) * PIXELS:
        return False
    lasts = found.reshape(-1, PIXELS)
    if (lasts[:, 0] < starts).any() or (lasts[:, -1] >= stops).any():
        return False
    digits *= is_digit.view(np.uint8)
    values = _values(digits, is_digit)
    if values is None:
        return False
    values.take(lasts, out=faces.reshape(-1, PIXELS), mode="clip")  # all are within; "raise" would copy once more
    return True


def _digits(text: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Characters as digits, with `BLANK` between rows, `BEFORE` times ahead of all, and once behind."""
    digits = np.empty(BEFORE + len(text) + 1, np.uint8)
    own = digits[BEFORE:-1]
    np.subtract(text, ZERO, out=own)    # below ZERO it wraps far above 9
    digits[:BEFORE] = digits[-1] = BLANK
    for stop, start in zip([0, *stops.tolist()], [*starts.tolist(), len(text)], strict=True):
        own[stop:start] = BLANK
    return digits


def _values(digits: np.ndarray, is_digit: np.ndarray) -> np.ndarray | None:
    """The value that ends at each character of the text; None if one is above 255 or too long."""
    two = is_digit[:-1] & is_digit[1:]
    hundreds = digits[1:-3] * two[2:-1].view(np.uint8)
    if hundreds.max() > 2 or (two[:-3] & two[2:-1]).any():
        return None
    hundreds *= HUNDRED
    values = digits[2:-2] * TEN
    values += digits[3:-1]
    values += hundreds
    return None if (values < hundreds).any() else values    # 200 and 56 or more have wrapped around


def _count(text: str) -> int:
    """Runs of characters above the space, whatever they are."""
    characters = _characters(text + "\n")
    return int(np.count_nonzero((characters[:-1] > SPACE) & (characters[1:] <= SPACE)))
