"""Many picture files: found and cut in threads while the network tells the faces of several pictures at once."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.predicting.crops import grey_face
from fer_pipeline.predicting.detection import Face
from fer_pipeline.predicting.pictures import read_picture
from fer_pipeline.predicting.predictor import Prediction, Predictor

THREADS = os.cpu_count() or 1
AHEAD = 4           # pictures a thread, begun before they are asked for
PICTURES = 32       # whose faces the network sees at once


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        file: As given.
        predictions: Of its faces, largest first; none where no face was found.
        problem: Why it could not be read; None if it could.
    """

    file: Path
    predictions: list[Prediction]
    problem: str | None = None


@dataclass(frozen=True)
class _Cut:
    file: Path
    faces: list[Face | None]
    crops: list[np.ndarray]
    problem: str | None = None


def outcomes(predictor: Predictor, files: Iterable[Path], *, cropped: bool = False) -> Iterator[Outcome]:
    """Tell the emotions in files of any number, in memory that does not grow with it.

    Args:
        predictor: Network and detector.
        files: Pictures.
        cropped: Whether they are face crops already.

    Yields:
        One outcome a file, in their order.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        cuts = _in_order(pool, predictor, iter(files), cropped)
        while some := list(islice(cuts, PICTURES)):
            yield from _told(predictor, some)


def _in_order(pool: ThreadPoolExecutor, predictor: Predictor, files: Iterator[Path], cropped: bool) -> Iterator[_Cut]:
    begun: deque[Future[_Cut]] = deque()
    try:
        for file in files:
            begun.append(pool.submit(_cut, predictor, file, cropped))
            if len(begun) > THREADS * AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def _cut(predictor: Predictor, file: Path, cropped: bool) -> _Cut:
    try:
        picture = read_picture(file)
    except InputError as error:
        return _Cut(file, [], [], str(error))
    if cropped:
        return _Cut(file, [None], [grey_face(picture)])
    faces = predictor.detector.detect(picture)
    return _Cut(file, list(faces), [predictor.cut(picture, face) for face in faces])


def _told(predictor: Predictor, cuts: list[_Cut]) -> Iterator[Outcome]:
    predictions = iter(predictor.tell([crop for one in cuts for crop in one.crops],
                                      [face for one in cuts for face in one.faces]))
    for one in cuts:
        yield Outcome(one.file, list(islice(predictions, len(one.crops))), one.problem)
