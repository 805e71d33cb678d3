"""Detectors at hand, by what they find, what they find that is no face, and how long they take.

A face of scikit-image's astronaut, and real PublicTest faces where FER_DATA names fer2013.csv, are pasted on
photographs without people (`face_scenes`): small and large, turned, in bad light. A face is found where a box has half
of the smaller area in common with it and is between half and twice as wide. Every other box is a false alarm. Real
faces stay in memory: figures alone are printed.

    FER_DATA=fer2013.csv python benchmarks/detectors.py
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable

import cv2
import numpy as np
from face_scenes import CANVAS, CHANGES, Scene, Subject, astronaut, of_faces, photographs, scenes
from real_faces import real_faces
from skimage import data

from fer_pipeline.labels import Usage
from fer_pipeline.predicting.detection import Detector, Face, detector
from fer_pipeline.predicting.detection.doubles import common_part
from fer_pipeline.predicting.detection.haar import Haar, Settings

SIZES, TURNS = (20, 25, 30, 40, 50, 60, 100, 200), (15, 30, 45)
LARGE, LARGE_SIZES = (1920, 1080), (40, 50, 60, 80, 120, 200, 400)
TURNED = CHANGED = 80   # px of the faces that are turned, or seen badly
EMPTY = 22              # pictures without a face
FRONTAL = "haarcascade_frontalface_{}.xml"


class OfFer:
    """Haar as the package fer sets it."""

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + FRONTAL.format("default"))

    def detect(self, picture: np.ndarray) -> list[Face]:
        """Faces of 50 px and more, searched in the whole picture."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return [Face(*box, 1.0) for box in self._cascade.detectMultiScale(grey, 1.1, 5, minSize=(50, 50))]


def _haar(**settings: object) -> Callable[[], Detector]:
    return lambda: Haar(Settings(**settings))


DETECTORS: dict[str, Callable[[], Detector | OfFer]] = {
    "haar, our default": Haar,
    "haar, upright alone": _haar(turns=()),
    "haar, step 1.1": _haar(step=1.1, neighbours=3),
    "haar, 2 neighbours": _haar(neighbours=2),
    "haar, searched at 26": _haar(finest=26),
    "haar, from 1/12": _haar(share=1 / 12),
    "haar, cascade alt": _haar(cascade=FRONTAL.format("alt")),
    "haar, cascade default": _haar(cascade=FRONTAL.format("default"), finest=24, turns=()),
    "haar, default, 1.1, 5": _haar(cascade=FRONTAL.format("default"), share=1 / 20, finest=24, step=1.1, neighbours=5,
                                   turns=()),
    "haar, as fer sets it": OfFer,
    "mtcnn": lambda: detector("mtcnn"),
}


def main() -> None:
    """Print a table a kind of face, then the times."""
    chosen = _arguments()
    kinds = {"astronaut": astronaut()}
    if "FER_DATA" in os.environ:
        kinds["PublicTest"] = of_faces(np.random.default_rng(0).permutation(real_faces(Usage.PUBLIC_TEST)[0])[:2000])
    for kind, subjects in kinds.items():
        number = chosen.faces if kind != "astronaut" else max(6, chosen.faces // 4)
        _print_found(f"{kind}, {CANVAS[0]} x {CANVAS[1]}, {number} faces a column", _columns(subjects, number), chosen)
        _print_found(f"{kind}, {LARGE[0]} x {LARGE[1]}, {number // 2} faces a column",
                     _large_columns(subjects, number // 2), chosen)
    if chosen.rounds:
        _print_times(chosen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=DETECTORS, default=list(DETECTORS))
    parser.add_argument("--faces", type=int, default=60, help="a column of PublicTest; a quarter of the astronaut")
    parser.add_argument("--rounds", type=int, default=7, help="of each time, whose least is printed; 0: no times")
    return parser.parse_args()


def _columns(subjects: list[Subject], number: int) -> dict[str, list[Scene]]:
    return ({f"{side}": scenes(subjects, number, side) for side in SIZES}
            | {f"{turn}°": [one for way in (turn, -turn) for one in scenes(subjects, number // 2, TURNED, turn=way)]
               for turn in TURNS}
            | {change: scenes(subjects, number, CHANGED, change=change) for change in CHANGES}
            | {"empty": [Scene(picture, ()) for picture, _ in zip(photographs(), range(EMPTY), strict=False)]})


def _large_columns(subjects: list[Subject], number: int) -> dict[str, list[Scene]]:
    return {f"{side}": scenes(subjects, number, side, size=LARGE) for side in LARGE_SIZES}


def _print_found(title: str, columns: dict[str, list[Scene]], chosen: argparse.Namespace) -> None:
    print(f"\n{title}: % found; false alarms a picture; precision")
    print(" " * 22 + "".join(f"{name:>8}" for name in columns if name != "empty") + f"{'false':>8}{'prec.':>8}")
    for name in chosen.only:
        made = DETECTORS[name]()
        counts = {column: _counted(made, some) for column, some in columns.items()}
        found, shown, false = (sum(one[place] for one in counts.values()) for place in range(3))
        pictures = sum(map(len, columns.values()))
        cells = "".join(f"{100 * one[0] / one[1]:>8.0f}" for one in counts.values() if one[1])
        print(f"{name:<22}{cells}{false / pictures:>8.2f}{100 * found / max(found + false, 1):>8.1f}", flush=True)


def _counted(made: Detector | OfFer, some: Iterable[Scene]) -> tuple[int, int, int]:
    """Faces found, faces shown, false alarms."""
    found = shown = false = 0
    for scene in some:
        boxes = made.detect(scene.picture)
        seen = [[_is(box, *face) for box in boxes] for face in scene.faces]
        found += sum(map(any, seen))
        shown += len(scene.faces)
        false += sum(not any(one) for one in zip(*seen, strict=True)) if seen else len(boxes)
    return found, shown, false


def _is(box: Face, across: float, down: float, side: float) -> bool:
    true = Face(across - side / 2, down - side / 2, side, side, 1.0)
    return common_part(box, true) > 0.5 and 0.5 < max(box.width, box.height) / side < 2


def _print_times(chosen: argparse.Namespace) -> None:
    print(f"\nleast of {chosen.rounds}, ms, of a picture with faces and of one with none; CPU time on one core, clock "
          "on two")
    print(" " * 22 + "".join(f"{head:>14}" for head in (
        "512 CPU", "512 clock", "1080p CPU", "1080p clock", "512 none CPU", "1080p none")))
    context = multiprocessing.get_context("spawn")
    for name in chosen.only:
        cells = []
        for cores in (1, 2):
            with context.Pool(1, _on_cores, (cores,)) as pool:
                cells.append(pool.apply(_least_times, (name, chosen.rounds)))
        (small, _), (large, _), (small_none, _), (large_none, _) = cells[0]
        row = small, cells[1][0][1], large, cells[1][1][1], small_none, large_none
        print(f"{name:<22}" + "".join(f"{1000 * one:>14.1f}" for one in row), flush=True)


def _on_cores(cores: int) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    cv2.setNumThreads(cores)


def _least_times(name: str, rounds: int) -> list[tuple[float, float]]:
    """CPU and clock seconds of 512 px and of 1080p, with faces, then without."""
    made = DETECTORS[name]()
    empty = [next(photographs(size)) for size in ((512, 512), LARGE)]
    return [_timed(made, picture, rounds)
            for picture in (data.astronaut(), scenes(astronaut(), 6, 200, size=LARGE)[0].picture, *empty)]


def _timed(made: Detector | OfFer, picture: np.ndarray, rounds: int) -> tuple[float, float]:
    made.detect(picture)
    took = []
    for _ in range(rounds):
        began = time.process_time(), time.perf_counter()
        made.detect(picture)
        took.append((time.process_time() - began[0], time.perf_counter() - began[1]))
    return min(cpu for cpu, _ in took), min(clock for _, clock in took)


if __name__ == "__main__":
    main()
