"""Accuracy by groups of faces: where a network fails.

A slice puts every face into one group: by what its picture is like, how it came into the data, how sure the network is
or how far the taggers agree. A group is a number; its name says what it holds.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd
from scipy.ndimage import laplace

from fer_pipeline.census.findings import MEANINGS
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.metrics import wilson_interval
from fer_pipeline.evaluation.rounding import rounded, rounded_or_none
from fer_pipeline.ferplus.votes import VOTES

FEW = 20        # faces: their interval is 40 points wide and tells nothing
COPIES = ("copy_of_training", "copy_of_public_test", "near_copy_of_training", "near_copy_of_public_test", "copy_inside",
          "near_copy_inside")           # a face that is several counts as the first
CONFIDENCES = (0.4, 0.6, 0.8)
AGREEMENTS = (0.5, 0.7, 0.9)            # votes are tenths: up to 5, 6 or 7, 8 or 9, all 10 of them
STEP_FACES = 512                        # at once: 5 MB of float32


class Slice(NamedTuple):
    """Which group each face is in.

    Attributes:
        groups: Names of the groups, in the order in which they are shown.
        group: `(faces,)` positions in groups.
    """

    groups: Sequence[str]
    group: np.ndarray


class GroupAccuracy(TypedDict):
    """Accuracy on the faces of one group, rounded to six digits.

    Attributes:
        group: Its name.
        faces: How many.
        accuracy: Fraction in [0, 1]; None without faces, as its ends are.
        accuracy_low: Lower end of Wilson's 95 % interval.
        accuracy_high: Upper end.
        too_few: It holds fewer than 20 faces, and its accuracy is not to be read as a finding.
    """

    group: str
    faces: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    too_few: bool


def accuracy_by_group(right: np.ndarray, cut: Slice) -> list[GroupAccuracy]:
    """Accuracy on each group, also on those without faces.

    Args:
        right: Which faces the network has right, `(faces,)` bool.
        cut: Of the same faces in the same order.

    Raises:
        InputError: They are of other numbers of faces.
    """
    if right.shape != cut.group.shape:
        raise InputError(f"Received {right.shape} right or wrong faces and groups of {cut.group.shape}; expected as "
                         "many. Make both from one usage, in row order.")
    return [_accuracy(name, right[cut.group == group]) for group, name in enumerate(cut.groups)]


def sharpness(pixels: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian of each face: small where it is out of focus, large also for noise.

    Args:
        pixels: `(faces, 48, 48)` uint8 grey levels.

    Returns:
        `(faces,)` float32, in squared grey levels.

    Source: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy", ICPR.
    """
    steps = [pixels[start:start + STEP_FACES].astype(np.float32) for start in range(0, len(pixels), STEP_FACES)]
    edges = [laplace(step, mode="mirror", axes=(1, 2)) for step in steps]
    return np.concatenate([np.empty(0, np.float32), *(edge.var(axis=(1, 2)) for edge in edges)])


def by_quarter(values: np.ndarray, *, like: np.ndarray | None = None) -> Slice:
    """Quarters by a measure: brightness (the manifest's mean), contrast (its std) or `sharpness`.

    Args:
        values: `(faces,)`.
        like: The same measure of the faces that set the quartiles, so that groups mean the same over usages; None
            takes `values`. Equal values share a quarter, which can leave others empty.
    """
    edges = np.quantile(values if like is None else like, (0.25, 0.5, 0.75))
    names = [f"lowest quarter, up to {edges[0]:.4g}", f"up to {edges[1]:.4g}", f"up to {edges[2]:.4g}",
             f"highest quarter, above {edges[2]:.4g}"]
    return Slice(names, np.searchsorted(edges, values))


def by_confidence(probabilities: np.ndarray) -> Slice:
    """Bands of the probability of the predicted emotion, from `(faces, 7)`."""
    return Slice(_bands(CONFIDENCES), np.searchsorted(CONFIDENCES, probabilities.max(axis=1)))


def by_agreement(votes: pd.DataFrame) -> Slice:
    """Bands of FER+ agreement: the highest share of a face's votes that one answer got, whichever answer.

    Args:
        votes: A row a face, with the columns `VOTES`.

    Returns:
        The last group is of faces that nobody voted on.
    """
    counts = votes[list(VOTES)].to_numpy(np.float64)
    voters = counts.sum(axis=1)
    group = np.searchsorted(AGREEMENTS, counts.max(axis=1) / np.maximum(voters, 1))
    return Slice([*_bands(AGREEMENTS), "no votes"], np.where(voters > 0, group, len(AGREEMENTS) + 1))


def by_copies(findings: pd.DataFrame) -> Slice:
    """Copies and near-copies, of an earlier usage before those of the same one; the last group is all other faces.

    Args:
        findings: A row a face, as `fer_pipeline.census.findings.find` returns them for one usage.
    """
    names = [name for name in COPIES if name in findings]
    flags = findings[names].to_numpy(bool)
    group = np.where(flags.any(axis=1), flags.argmax(axis=1) if names else 0, len(names))
    return Slice([*(MEANINGS[name] for name in names), "no copy and no near-copy"], group)


def _bands(edges: Sequence[float]) -> list[str]:
    inner = [f"above {low:.0%} up to {high:.0%}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]:.0%}", *inner, f"above {edges[-1]:.0%}"]


def _accuracy(group: str, right: np.ndarray) -> GroupAccuracy:
    faces, correct = len(right), int(right.sum())
    low, high = wilson_interval(correct, faces) if faces else (None, None)
    return {"group": group, "faces": faces, "accuracy": rounded(correct / faces) if faces else None,
            "accuracy_low": rounded_or_none(low), "accuracy_high": rounded_or_none(high), "too_few": faces < FEW}
