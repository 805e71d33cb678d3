"""Whether a difference is real, from what two runs said of the same faces, as far as DVC's cache has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from fer_pipeline.comparing.runs import Output, Run
from fer_pipeline.data.faces import read_faces
from fer_pipeline.evaluation.metrics import CONFIDENCE, Figures
from fer_pipeline.evaluation.paired_tests import Agreement, agreement, holm, mcnemar, newcombe_interval
from fer_pipeline.evaluation.predictions import Predictions, read_predictions
from fer_pipeline.evaluation.rounding import DIGITS, rounded
from fer_pipeline.labels import Usage

VERDICTS = "data/prepared/verdicts/PrivateTest.parquet"
ARRAYS = {Usage.PUBLIC_TEST: "data/prepared/public_test.npz", Usage.PRIVATE_TEST: "data/prepared/private_test.npz"}
USAGES_OF = {
    "PublicTest": (Usage.PUBLIC_TEST,),
    "PrivateTest": (Usage.PRIVATE_TEST,),
    "PrivateTest_without_copies": (Usage.PRIVATE_TEST,),
    "PublicTest_and_PrivateTest": (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST),
}


@dataclass(frozen=True)
class PairedTest:
    """McNemar's test of a network before and after, on the same faces; rounded to six digits.

    Attributes:
        low: Lower end of Newcombe's 95 % interval of the difference, after minus before, a fraction.
        high: Upper end.
        only_before: Faces that only the network before has right.
        only_after: Faces that only the one after has right.
        p: Mid-p of this test alone.
        corrected_p: After Holm's correction for all networks that were tested on this set of faces.
        real: The corrected p is below 5 %.
    """

    low: float
    high: float
    only_before: int
    only_after: int
    p: float
    corrected_p: float
    real: bool


@dataclass(frozen=True)
class Answers:
    """What a network made of the faces of one set: which, their emotions, and which it has right; `(faces,)` each."""

    row: np.ndarray
    emotion_true: np.ndarray
    right: np.ndarray


class NotPaired(Exception):
    """Answers cannot be paired; the message says why."""


def same_answers(before: Run, after: Run, network: str | None, faces: str) -> bool:
    """Whether dvc.lock names the same predictions for both runs, so that nothing can differ."""
    hashes = [[run.outputs[file].md5 if file in run.outputs else None for file in _files(network, faces)]
              for run in (before, after)]
    return hashes[0] == hashes[1] and None not in hashes[0]


def paired(before: Run, after: Run, network: str | None, faces: str, figures: tuple[Figures, Figures]) -> Agreement:
    """How often two runs agree on a set of faces: `one` is the run after, `other` the one before.

    Args:
        before: The earlier run.
        after: The later one.
        network: None for the ensemble.
        faces: The set.
        figures: Those of the metrics files before and after, which the predictions must bear out.

    Raises:
        NotPaired: Predictions are missing, not of these figures, or of other faces.
    """
    one, other = (_answers(run, network, faces, found)
                  for run, found in zip((after, before), reversed(figures), strict=True))
    same_labels = np.array_equal(one.row, other.row) and np.array_equal(one.emotion_true, other.emotion_true)
    if not (same_labels and all(_same_pixels(before, after, ARRAYS[usage]) for usage in USAGES_OF[faces])):
        raise NotPaired("the two runs were measured on other faces")
    return agreement(one.right, other.right)


def corrected_tests(counted: list[Agreement]) -> list[PairedTest]:
    """The tests of all networks on one set of faces, corrected for their number."""
    if not counted:
        return []
    p = mcnemar(np.array([one.only_one for one in counted]), np.array([one.only_other for one in counted])).mid_p
    return [_test(*values) for values in zip(counted, p, holm(p), strict=True)]


def _test(counted: Agreement, p: float, corrected_p: float) -> PairedTest:
    low, high = newcombe_interval(counted)
    return PairedTest(
        low=rounded(low), high=rounded(high), only_before=counted.only_other, only_after=counted.only_one,
        p=rounded(p), corrected_p=rounded(corrected_p), real=bool(corrected_p < 1 - CONFIDENCE))


def _files(network: str | None, faces: str) -> Iterator[str]:
    """Outputs that say which faces of a set a network has right."""
    for usage in USAGES_OF[faces]:
        yield f"artifacts/ensemble/{usage}.npz" if network is None else f"artifacts/predictions/{usage}/{network}.npz"
    if faces == "PrivateTest_without_copies":
        yield VERDICTS


def _answers(run: Run, network: str | None, faces: str, figures: Figures) -> Answers:
    cached = {file: _cached(run, file) for file in _files(network, faces)}
    answers = _joined([read_predictions(file) for name, file in cached.items() if name != VERDICTS])
    if VERDICTS in cached:
        answers = _without_copies(answers, pd.read_parquet(cached[VERDICTS]))
    if len(answers.right) != figures["faces"] or abs(answers.right.mean() - figures["accuracy"]) > 10.0**-DIGITS:
        raise NotPaired(f"metrics and predictions of {run.name} differ")
    return answers


def _same_pixels(before: Run, after: Run, file: str) -> bool:
    """By checksum, or where that differs by the pixels themselves: files of the same faces may."""
    ends = [_output(run, file) for run in (before, after)]
    if ends[0].md5 == ends[1].md5:
        return True
    one, other = (read_faces(_cached(run, file)) for run in (before, after))
    return np.array_equal(one.pixels, other.pixels)


def _output(run: Run, file: str) -> Output:
    if file not in run.outputs:
        raise NotPaired(f"dvc.lock of {run.name} does not have {file}")
    return run.outputs[file]


def _cached(run: Run, file: str) -> Path:
    if not (cached := _output(run, file).file).is_file():
        raise NotPaired(f"{PurePosixPath(file).parent} of {run.name} is not in the cache")
    return cached


def _joined(said: list[Predictions]) -> Answers:
    return Answers(np.concatenate([one.row for one in said]), np.concatenate([one.emotion_true for one in said]),
                   np.concatenate([one.emotion_pred == one.emotion_true for one in said]))


def _without_copies(answers: Answers, verdicts: pd.DataFrame) -> Answers:
    kept = ~(verdicts["copy_of_training"] | verdicts["copy_of_public_test"]).to_numpy()
    if len(kept) != len(answers.row):
        raise NotPaired("verdicts are of other faces than predictions")
    return Answers(answers.row[kept], answers.emotion_true[kept], answers.right[kept])
