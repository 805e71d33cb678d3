"""Near-copies: the same picture cropped, lit or compressed anew, also mirrored, inside and across usages.

Two faces are near-copies when the normalised correlation of their 2,304 grey levels (zero mean, so brightness and
contrast do not count) reaches the threshold, either of them mirrored or not. All pairs are compared, in two steps:

1. A bound above the correlation: the product of the 12 x 12 slowest waves of the cosine transform, plus at most the
   product of the lengths of what these leave out (Cauchy and Schwarz). Mirroring only turns the sign of the odd waves
   across, so the products of even and of odd waves, taken apart, bound both directions at once.
2. The few pairs whose bound reaches the threshold: the correlation itself, from exact integer sums. So neither threads
   nor the BLAS change the result, and no pair is missed.

Source: filter and refine by a lower-bounded distance, Faloutsos, Ranganathan and Manolopoulos 1994, SIGMOD.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import FACE_SIZE, PIXELS, Usage

LOW_WAVES = 12      # of 48, each way
BLOCK = 1024        # faces a side: two products of 4 MiB are held at once
REFINED = 1024      # pairs correlated at once: about 75 MiB
ROUNDING = 1e-3     # far above what float32 loses in 145 products
LEAST_STD = 5.0     # grey levels; flatter pictures correlate by their noise
COLUMNS = ("usage", "row", "other_usage", "other_row", "correlation", "mirrored", "exact")


def near_pairs(faces: Mapping[Usage, Faces], *, threshold: float) -> pd.DataFrame:
    """Find all pairs of near-copies and exact copies.

    Needs about 3 KB a face beside the faces (94 MB for FER-2013). Time grows with the square of the faces.

    Args:
        faces: Faces by usage; absent usages are not compared.
        threshold: Least correlation of a pair, above 0, at most 1.

    Returns:
        A frame with usage, row, other_usage, other_row (each pair once, the earlier face second), correlation, in
        [threshold, 1], mirrored (the correlation is with the mirrored face; it is higher so) and exact (the same
        pixels), by position. Faces with a std below `LEAST_STD` are in no pair.

    Raises:
        ValueError: The threshold is out of range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}; allowed: above 0, at most 1.")
    pixels = np.concatenate([part.pixels for part in faces.values()]).reshape(-1, PIXELS)
    usage = np.repeat([str(name) for name in faces], [len(part) for part in faces.values()])
    row = np.concatenate([part.row for part in faces.values()])
    blocks = (pixels[start:start + BLOCK] for start in range(0, len(pixels), BLOCK))
    varied = np.flatnonzero(np.concatenate([np.empty(0), *(block.std(axis=1) for block in blocks)]) >= LEAST_STD)
    found = [_correlate(pixels, varied[pairs], threshold) for pairs in _candidates(pixels, varied, threshold)]
    later, earlier, correlation, mirrored = (np.concatenate(column) for column in zip(_NONE, *found, strict=True))
    order = np.lexsort((earlier, later))
    later, earlier = later[order], earlier[order]
    exact = (pixels[later] == pixels[earlier]).all(axis=1)
    columns = (usage[later], row[later], usage[earlier], row[earlier], correlation[order], mirrored[order], exact)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def best_partners(pairs: pd.DataFrame, usage: Usage, other: Usage) -> pd.DataFrame:
    """Pick for each face of `usage` that has a twin in `other` the best one, the lowest row where several tie.

    Args:
        pairs: From `near_pairs`.
        usage: Whose faces ask. May equal `other`: twins inside the usage.
        other: Whose faces answer.

    Returns:
        A frame with row, other_row, correlation, mirrored and exact, one row an asking face, by row.
    """
    turned = pairs.rename(columns={"usage": "other_usage", "row": "other_row", "other_usage": "usage",
                                   "other_row": "row"})
    both = pd.concat([pairs, turned])
    asked = both[(both["usage"] == usage) & (both["other_usage"] == other)]
    ranked = asked.sort_values(["row", "correlation", "exact", "other_row"], ascending=[True, False, False, True])
    columns = ["row", "other_row", "correlation", "mirrored", "exact"]
    return ranked.drop_duplicates("row")[columns].reset_index(drop=True)


def near_only(pairs: pd.DataFrame, usage: Usage, other: Usage) -> pd.DataFrame:
    """The rows of `best_partners` whose face has a near twin, but no exact one, in `other`."""
    best = best_partners(pairs, usage, other)
    return best[~best["exact"]].reset_index(drop=True)


_NONE = (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0, bool))


def _candidates(pixels: np.ndarray, varied: np.ndarray, threshold: float) -> Iterator[np.ndarray]:
    """Pairs of positions in `varied`, `(pairs, 2)`, later face first, whose bound reaches the threshold."""
    even, odd = _low_waves(pixels, varied)
    buffers = np.empty((2, BLOCK * BLOCK), np.float32)
    kept: list[np.ndarray] = []
    for start in range(0, len(varied), BLOCK):
        for other in range(0, start + 1, BLOCK):
            later, earlier = slice(start, start + BLOCK), slice(other, other + BLOCK)
            shape = len(even[later]), len(even[earlier])
            bound, turned = (buffer[: shape[0] * shape[1]].reshape(shape) for buffer in buffers)
            np.matmul(even[later], even[earlier].T, out=bound)
            np.matmul(odd[later], odd[earlier].T, out=turned)
            bound += np.abs(turned, out=turned)
            pairs = np.argwhere(bound >= threshold - ROUNDING) + (start, other)
            kept.append(pairs[pairs[:, 0] > pairs[:, 1]])
            while sum(map(len, kept)) >= REFINED:
                together = np.concatenate(kept)
                yield together[:REFINED]
                kept = [together[REFINED:]]
    yield from kept


def _low_waves(pixels: np.ndarray, varied: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low cosine coefficients of the normalised faces, even and odd waves across apart, float32.

    The even ones end in the length of what the waves leave out, so that a product of rows holds the whole bound.
    """
    starts = range(0, max(len(varied), 1), BLOCK)
    even, odd = zip(*(_low_waves_of(pixels[varied[start:start + BLOCK]]) for start in starts), strict=True)
    return np.concatenate(even), np.concatenate(odd)


def _low_waves_of(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = pixels.astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    waves = _cosines()
    low = waves @ flat.reshape(-1, FACE_SIZE, FACE_SIZE) @ waves.T
    left = np.sqrt(np.maximum(1 - np.square(low).sum(axis=(1, 2)), 0))
    even = np.column_stack([low[:, :, 0::2].reshape(len(low), -1), left])
    return even, low[:, :, 1::2].reshape(len(low), -1)


def _cosines() -> np.ndarray:
    """The slowest orthonormal cosine waves (DCT-II), `(LOW_WAVES, 48)` float32."""
    angle = np.pi * np.outer(np.arange(LOW_WAVES), 2 * np.arange(FACE_SIZE) + 1) / (2 * FACE_SIZE)
    waves = np.cos(angle) * np.sqrt(2 / FACE_SIZE)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves, np.float32)


def _correlate(pixels: np.ndarray, pairs: np.ndarray, threshold: float) -> tuple[np.ndarray, ...]:
    """Later, earlier, correlation and mirrored of the pairs that reach the threshold."""
    later, earlier = pairs.T
    one, two = pixels[later].astype(np.float64), pixels[earlier].astype(np.float64)     # sums below are exact integers
    turned = two.reshape(-1, FACE_SIZE, FACE_SIZE)[:, :, ::-1].reshape(-1, PIXELS)
    means = one.sum(axis=1) * two.sum(axis=1)
    straight, mirrored = (PIXELS * np.einsum("ij,ij->i", one, other) - means for other in (two, turned))
    spread = np.sqrt(_spread(one) * _spread(two))
    correlation = np.maximum(straight, mirrored) / spread
    near = correlation >= threshold
    return later[near], earlier[near], correlation[near], (mirrored > straight)[near]


def _spread(faces: np.ndarray) -> np.ndarray:
    return np.asarray(PIXELS * np.einsum("ij,ij->i", faces, faces) - faces.sum(axis=1) ** 2)
