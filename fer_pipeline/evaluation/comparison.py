"""Which differences between networks are real, from the same faces."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypedDict

import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import CONFIDENCE
from fer_pipeline.evaluation.paired_tests import (
    Agreement,
    agreement,
    cochran_q,
    holm,
    mcnemar,
    newcombe_interval,
)
from fer_pipeline.evaluation.rounding import rounded

LEVEL = 1 - CONFIDENCE


class Pair(TypedDict):
    """Two networks on the same faces, rounded to six digits.

    Attributes:
        one: Name of the network that is more often right, or first by name.
        other: Name of the other.
        difference: Accuracy of one minus accuracy of other, a fraction.
        low: Lower end of Newcombe's 95 % interval of the difference, of this pair alone.
        high: Upper end.
        only_one: Faces that only one has right.
        only_other: Faces that only other has right.
        p: McNemar's mid-p of this pair alone; 0 stands for anything below 0.0000005.
        corrected_p: The same after Holm's correction for all pairs.
        real: The corrected p is below 5 %. So low can be above 0 for a pair that is not real.
    """

    one: str
    other: str
    difference: float
    low: float
    high: float
    only_one: int
    only_other: int
    p: float
    corrected_p: float
    real: bool


class Overall(TypedDict):
    """Cochran's Q of all networks at once, rounded to six digits; real where p is below 5 %."""

    statistic: float
    degrees_of_freedom: int
    p: float
    real: bool


class Comparison(TypedDict):
    """All networks compared.

    Attributes:
        networks: Names, most often right first, then by name.
        faces: How many.
        overall: Whether any differ; None for one network.
        pairs: Every two networks, in the order of networks.
        best: The networks that cannot be told apart from the first: itself, and those whose difference from it is not
            real. Two of them can still differ really from each other.
    """

    networks: list[str]
    faces: int
    overall: Overall | None
    pairs: list[Pair]
    best: list[str]


def compare(right: Mapping[str, np.ndarray]) -> Comparison:
    """Compare every two networks and name those that cannot be told apart from the best.

    The correction is for all pairs, not for those with the best alone: which network is best is itself read from these
    faces.

    Args:
        right: Which faces each network has right, by its name, `(faces,)` bool in the same order of faces.

    Returns:
        What `Comparison` describes, ready for JSON.

    Raises:
        InputError: There is no network or face, they are not bool, or the networks are of other faces.

    Source: Dietterich 1998, "Approximate statistical tests for comparing supervised classification learning
    algorithms", Neural Computation 10, for McNemar's test; the others at `fer_pipeline.evaluation.paired_tests`.
    """
    _require_same_faces(right)
    networks = sorted(right, key=lambda name: (-int(right[name].sum()), name))
    matrix = np.stack([right[name] for name in networks])
    pairs = _pairs(networks, matrix)
    beaten = {pair["other"] for pair in pairs if pair["real"] and pair["one"] == networks[0]}
    return {"networks": networks, "faces": matrix.shape[1],
            "overall": _overall(matrix) if len(networks) > 1 else None, "pairs": pairs,
            "best": [name for name in networks if name not in beaten]}


def _pairs(networks: Sequence[str], right: np.ndarray) -> list[Pair]:
    agreements = [agreement(one, other) for one, other in combinations(right, 2)]
    p = mcnemar(np.array([one.only_one for one in agreements], np.intp),
                np.array([one.only_other for one in agreements], np.intp)).mid_p
    return [_pair(names, *tested) for names, *tested in
            zip(combinations(networks, 2), agreements, p, holm(p), strict=True)]


def _pair(names: tuple[str, str], counted: Agreement, p: float, corrected_p: float) -> Pair:
    low, high = newcombe_interval(counted)
    return {"one": names[0], "other": names[1],
            "difference": rounded((counted.only_one - counted.only_other) / sum(counted)),
            "low": rounded(low), "high": rounded(high), "only_one": counted.only_one, "only_other": counted.only_other,
            "p": rounded(p), "corrected_p": rounded(corrected_p), "real": bool(corrected_p < LEVEL)}


def _overall(right: np.ndarray) -> Overall:
    statistic, degrees_of_freedom, p = cochran_q(right)
    return {"statistic": rounded(statistic), "degrees_of_freedom": degrees_of_freedom, "p": rounded(p),
            "real": p < LEVEL}


def _require_same_faces(right: Mapping[str, np.ndarray]) -> None:
    shapes = {name: (faces.shape, str(faces.dtype)) for name, faces in right.items()}
    first = next(iter(right.values()), np.empty(0))
    if first.ndim != 1 or not len(first) or set(shapes.values()) != {(first.shape, "bool")}:
        raise InputError(f"Received {shapes or 'no network'}; expected one network at least and (faces,) bool of the "
                         "same faces, one at least, for each. Compare predictions of one usage, in row order.")
