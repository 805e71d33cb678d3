"""Grey levels as text, such as `70 80 255`, to faces: all characters of several rows at once, in uint8.

Every character is taken as the last of a value, which is then its digit, ten times the one before and a hundred times
the one before that; `numpy` keeps the values at those that are last. Half of the time goes into finding these.
"""

from collections.abc import Sequence

import numpy as np

from fer_pipeline.labels import FACE_SIZE, PIXELS

GROUP_ROWS = 32         # 270 kB of text: its arrays stay in the caches
SPACE, ZERO, TEN, HUNDRED = (np.uint8(value) for value in (ord(" "), ord("0"), 10, 100))


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
        if not _parse_group(texts[group], faces[group]):
            for row, text in enumerate(texts[group], start):
                unreadable[row] = not _parse_group([text], faces[row])
                counts[row] = _count(text)
    return faces.reshape(-1, FACE_SIZE, FACE_SIZE), counts, unreadable


def _parse_group(texts: Sequence[str], faces: np.ndarray) -> bool:
    """Write the values of all `texts` into `faces`, unless any of them is unreadable."""
    if not all(texts):
        return False
    text = _characters(" ".join(["  ", *texts, ""]))    # the first value, too, has three characters before its last
    digits = text - ZERO    # below ZERO it wraps far above 9
    is_digit = digits < TEN
    if np.count_nonzero(is_digit) + np.count_nonzero(text == SPACE) < len(text):
        return False
    is_last = is_digit[3:-1] > is_digit[4:]
    row_starts = np.cumsum([0, *(len(one) + 1 for one in texts[:-1])])
    if (np.add.reduceat(is_last, row_starts, dtype=np.intp) != PIXELS).any():
        return False
    digits *= is_digit.view(np.uint8)
    values = _values(digits, is_digit)
    if values is None:
        return False
    np.compress(is_last, values, out=faces.reshape(-1))
    return True


def _characters(text: str) -> np.ndarray:
    return np.frombuffer(text.replace("\n", " ").encode("ascii", "replace"), np.uint8)


def _values(digits: np.ndarray, is_digit: np.ndarray) -> np.ndarray | None:
    """The value that ends at each character but the first three and the last; None if one is above 255 or too long."""
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
