"""What differs between two runs: figures with what can be said of each difference, parameters, outputs, the chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dvc.repo import Repo

from fer_pipeline.comparing.paired import NotPaired, PairedTest, corrected_tests, paired, same_answers
from fer_pipeline.comparing.runs import SETS, Output, Run, changed_params
from fer_pipeline.evaluation.metrics import Figures
from fer_pipeline.evaluation.paired_tests import Agreement
from fer_pipeline.evaluation.rounding import rounded
from fer_pipeline.labels import Usage


@dataclass(frozen=True)
class Difference:
    """One network on one set of faces, before and after.

    Attributes:
        network: None for the ensemble.
        faces: The set.
        before: Its figures; None where the run has none.
        after: The same of the later run.
        unchanged: Both runs have the same predictions, by dvc.lock.
        test: By the same faces; None where nothing can be paired.
        not_paired: Why, if both runs have figures and differ.
    """

    network: str | None
    faces: str
    before: Figures | None
    after: Figures | None
    unchanged: bool = False
    test: PairedTest | None = None
    not_paired: str | None = None

    @property
    def change(self) -> float | None:
        """Accuracy after minus accuracy before, a fraction."""
        if self.before is None or self.after is None:
            return None
        return rounded(self.after["accuracy"] - self.before["accuracy"])

    @property
    def overlap(self) -> bool | None:
        """Whether the 95 % intervals overlap; it says nothing more, as the faces are the same."""
        if self.before is None or self.after is None:
            return None
        return (self.before["accuracy_low"] <= self.after["accuracy_high"]
                and self.after["accuracy_low"] <= self.before["accuracy_high"])


@dataclass(frozen=True)
class Comparison:
    """Two runs and what differs.

    Attributes:
        differences: Networks by PublicTest accuracy after, best first, then those without; the ensemble last. Of each
            every set of faces that a run has figures of.
        params: By name, `old` and `new`.
        outputs: By path, before and after, where they differ; None where a run has none.
    """

    before: Run
    after: Run
    differences: list[Difference]
    params: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, tuple[Output | None, Output | None]]


def compare_runs(repo: Repo, before: Run, after: Run) -> Comparison:
    """Compare two runs of a checkout."""
    differences = [one for faces in SETS for one in _on(faces, before, after)]
    order = [*_best_first(before, after), None]
    differences.sort(key=lambda one: order.index(one.network))      # stable: sets stay in their order
    return Comparison(before, after, differences, changed_params(repo, before, after), _changed(before, after))


def _best_first(before: Run, after: Run) -> list[str]:
    def place(network: str) -> tuple[bool, float, str]:
        figures = after.figures(network, Usage.PUBLIC_TEST)
        return figures is None, -figures["accuracy"] if figures else 0, network
    return sorted({*before.networks, *after.networks}, key=place)


def _on(faces: str, before: Run, after: Run) -> list[Difference]:
    """The differences of all networks on one set of faces; those that could be tested are corrected together."""
    found, counted = [], []
    for network in (*_best_first(before, after), None):
        one, agreed = _difference(network, faces, before, after)
        if one.before or one.after:
            found.append(one)
            counted.append(agreed)
    tests = iter(corrected_tests([agreed for agreed in counted if agreed]))
    return [replace(one, test=next(tests)) if agreed else one for one, agreed in zip(found, counted, strict=True)]


def _difference(network: str | None, faces: str, before: Run, after: Run) -> tuple[Difference, Agreement | None]:
    one = Difference(network, faces, before.figures(network, faces), after.figures(network, faces))
    if one.before is None or one.after is None:
        return one, None
    if same_answers(before, after, network, faces):
        return replace(one, unchanged=True), None
    try:
        return one, paired(before, after, network, faces, (one.before, one.after))
    except NotPaired as reason:
        return replace(one, not_paired=str(reason)), None


def _changed(before: Run, after: Run) -> dict[str, tuple[Output | None, Output | None]]:
    both = {path: (before.outputs.get(path), after.outputs.get(path))
            for path in sorted({*before.outputs, *after.outputs})}
    return {path: ends for path, ends in both.items() if _md5(ends[0]) != _md5(ends[1])}


def _md5(output: Output | None) -> str | None:
    return None if output is None else output.md5
