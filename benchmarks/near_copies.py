"""Pairs of faces a second searched for near-copies: ours, all grey levels by matrix product, and the usual ways.

Every way searches all pairs of its faces, in turn, round after round, in one process; what counts are the ratios within
a round. The ways in Python loops take the first faces only, because their time a pair does not depend on the number.

    python benchmarks/near_copies.py                                   # synthetic sample faces
    python benchmarks/near_copies.py --file fer2013.npz --faces 35887  # an .npz with `faces` (n, 48, 48) uint8

Ways:
    ours        fer_pipeline.census.near_copies.near_pairs: bounds from low waves, then correlations; also mirrored
    all_pixels  float32 product of all 2,304 grey levels, in blocks, straight and mirrored: what the BLAS bounds
    phash       perceptual hash as imagehash takes it, all pairs by its Hamming distance in a Python loop; not mirrored
    corrcoef    np.corrcoef of each pair in a Python loop; not mirrored

all_pixels needs 2,304 multiply-adds a pair and direction and is bound by the BLAS. Ours needs 145 for both directions:
half of its time is that product, at the same speed of the BLAS, the other half reading and comparing the bounds. Where
other processes keep the cores busy, OPENBLAS_NUM_THREADS=1 is several times faster: waiting threads spin.
The two must find the same pairs, and the benchmark fails if they do not.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from fer_pipeline.census.near_copies import LEAST_STD, near_pairs
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import Usage
from fer_pipeline.sample.drawing import draw_faces

THRESHOLD = 0.95
NEAR_HASH = 4           # bits of 64
BLOCK = 1024
Ways = dict[str, tuple[int, Callable[[np.ndarray], int]]]


def main() -> None:
    """Run the rounds and print a row a way."""
    chosen = _arguments()
    pixels = _pixels(chosen.file, chosen.faces)
    ways: Ways = {"ours": (len(pixels), ours), "all_pixels": (len(pixels), all_pixels),
                  "phash": (min(chosen.looped, len(pixels)), phash),
                  "corrcoef": (min(chosen.looped // 4, len(pixels)), corrcoef)}
    rounds = [{name: _rate(pixels[:number], way) for name, (number, way) in ways.items()}
              for _ in range(chosen.rounds)]
    print(f"{'way':<12}{'faces':>8}{'seconds':>10}{'pairs/s':>15}{'near pairs':>12}{'ours is x':>11}")
    for name, (number, _) in ways.items():
        rate = statistics.median(one[name][0] for one in rounds)
        ratio = statistics.median(one["ours"][0] / one[name][0] for one in rounds)
        print(f"{name:<12}{number:>8,}{number * (number - 1) / 2 / rate:>10.2f}{rate:>15,.0f}{rounds[0][name][1]:>12,}"
              f"{ratio:>11.1f}", flush=True)
    if rounds[0]["ours"][1] != rounds[0]["all_pixels"][1]:
        raise SystemExit("ours and all_pixels differ in their near pairs.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, help="an .npz; synthetic faces without")
    parser.add_argument("--faces", type=int, default=4000)
    parser.add_argument("--looped", type=int, default=1200, help="faces of phash; corrcoef takes a quarter")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _pixels(file: Path | None, faces: int) -> np.ndarray:
    if file is None:
        pixels = draw_faces((np.arange(faces) % 7).astype(np.uint8), seed=1)
    else:
        with np.load(file) as arrays:
            pixels = arrays["faces"]
        pixels = pixels[np.sort(np.random.default_rng(0).permutation(len(pixels))[:faces])]
    return pixels[pixels.reshape(len(pixels), -1).std(axis=1) >= LEAST_STD]


def _rate(pixels: np.ndarray, way: Callable[[np.ndarray], int]) -> tuple[float, int]:
    began = time.perf_counter()
    found = way(pixels)
    return len(pixels) * (len(pixels) - 1) / 2 / (time.perf_counter() - began), found


def ours(pixels: np.ndarray) -> int:
    """Near pairs that the census finds."""
    number = len(pixels)
    faces = Faces(pixels, np.zeros(number, np.uint8), np.arange(number, dtype=np.int32), np.ones(number, np.float32))
    return len(near_pairs({Usage.TRAINING: faces}, threshold=THRESHOLD))


def all_pixels(pixels: np.ndarray) -> int:
    """Near pairs by the product of all grey levels, straight and mirrored."""
    flat = pixels.reshape(len(pixels), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    turned = flat.reshape(pixels.shape)[:, :, ::-1].reshape(flat.shape)
    found = 0
    for start in range(0, len(flat), BLOCK):
        for other in range(0, start + 1, BLOCK):
            later = flat[start:start + BLOCK]
            best = np.maximum(later @ flat[other:other + BLOCK].T, later @ turned[other:other + BLOCK].T)
            near = np.argwhere(best >= THRESHOLD) + (start, other)
            found += int((near[:, 0] > near[:, 1]).sum())
    return found


def phash(pixels: np.ndarray) -> int:
    """Near pairs by perceptual hashes: 32 x 32, cosine transform, the 8 x 8 slowest waves against their median."""
    hashes = []
    for face in pixels:
        low = cv2.dct(cv2.resize(face, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32))[:8, :8]
        hashes.append(low > np.median(low))
    return sum(np.count_nonzero(one != two) <= NEAR_HASH for one, two in itertools.combinations(hashes, 2))


def corrcoef(pixels: np.ndarray) -> int:
    """Near pairs by numpy's correlation of one pair after the other."""
    flat = pixels.reshape(len(pixels), -1)
    return sum(np.corrcoef(one, two)[0, 1] >= THRESHOLD for one, two in itertools.combinations(flat, 2))


if __name__ == "__main__":
    main()
