"""Drift gates: each a quantity of the released and of the new data, its limit, and what to do if it is broken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fer_pipeline.drift.stability import binned, chance_index, stability_index
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.params import DriftParams

LOOKED_INTO = (Usage.TRAINING, Usage.PUBLIC_TEST)    # the other usage judges: its faces are counted, nothing more


@dataclass(frozen=True)
class UsageFacts:
    """What the gates look at in one usage.

    Attributes:
        emotion: `(faces,)` indices in `EMOTIONS` order.
        grey_level: `(faces,)` means.
        contrast: `(faces,)` standard deviations of grey levels.
        copies: Share of the faces that are copies, in the usage or of an earlier one.
    """

    emotion: np.ndarray
    grey_level: np.ndarray
    contrast: np.ndarray
    copies: float


@dataclass(frozen=True)
class DataFacts:
    """What the gates look at in one version of the data.

    Attributes:
        faces: Number by usage.
        usages: Those that are looked into.
        unreadable: Share of all rows.
    """

    faces: Mapping[Usage, int]
    usages: Mapping[Usage, UsageFacts]
    unreadable: float


@dataclass(frozen=True)
class Gate:
    """One quantity that was looked at.

    Attributes:
        name: For people, with its usage.
        before: Of the released data, for people.
        now: Of the new data.
        value: How far they are apart, in the unit of `limit`.
        limit: None: any.
        parameter: Key under `drift` that holds the limit.
        chance: What samples of one population reach by chance; below it no gate is broken.
    """

    name: str
    before: str
    now: str
    value: float
    limit: float | None
    parameter: str
    chance: float = 0.0

    @property
    def broken(self) -> bool:
        return self.limit is not None and self.value > max(self.limit, self.chance)

    def __str__(self) -> str:
        return (f"{self.name}: {self.value:.3g}, and drift.{self.parameter} allows {self.limit:.3g}; released: "
                f"{self.before}; now: {self.now}")


def gates(before: DataFacts, now: DataFacts, limits: DriftParams) -> list[Gate]:
    """Every gate, broken or not."""
    return [*_faces(before, now, limits), *_unreadable(before, now, limits),
            *(gate for usage in LOOKED_INTO for gate in _usage(usage, before.usages[usage], now.usages[usage], limits))]


def _faces(before: DataFacts, now: DataFacts, limits: DriftParams) -> Iterator[Gate]:
    for usage, faces in before.faces.items():
        change = abs(now.faces[usage] - faces) / max(faces, 1)
        yield Gate(f"{usage}: change of the number of faces", f"{faces:,}", f"{now.faces[usage]:,}", change,
                   limits.max_faces_change, "max_faces_change")


def _unreadable(before: DataFacts, now: DataFacts, limits: DriftParams) -> Iterator[Gate]:
    yield Gate("share of unreadable rows, more than before", f"{before.unreadable:.2%}", f"{now.unreadable:.2%}",
               max(now.unreadable - before.unreadable, 0), limits.max_more_unreadable, "max_more_unreadable")


def _usage(usage: Usage, before: UsageFacts, now: UsageFacts, limits: DriftParams) -> Iterator[Gate]:
    emotions = [np.bincount(facts.emotion, minlength=len(EMOTIONS)) for facts in (before, now)]
    yield _index(f"{usage}: stability index of the emotions", (emotions[0], emotions[1]),
                 (_shares(emotions[0]), _shares(emotions[1])), limits.max_emotion_index, "max_emotion_index")
    for quantity, one, other in (("grey_level", before.grey_level, now.grey_level),
                                 ("contrast", before.contrast, now.contrast)):
        yield _index(f"{usage}: stability index of the faces' {quantity.replace('_', ' ')}", binned(one, other),
                     (f"{one.mean():.1f} on average", f"{other.mean():.1f}"),
                     getattr(limits, f"max_{quantity}_index"), f"max_{quantity}_index")
    yield Gate(f"{usage}: share of copies, more than before", f"{before.copies:.1%}", f"{now.copies:.1%}",
               max(now.copies - before.copies, 0), limits.max_more_copies, "max_more_copies")


def _index(
    name: str, counts: tuple[np.ndarray, np.ndarray], words: tuple[str, str], limit: float | None, parameter: str
) -> Gate:
    return Gate(name, *words, stability_index(*counts), limit, parameter, chance_index(*counts))


def _shares(counts: np.ndarray) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in zip(EMOTIONS, counts / counts.sum(), strict=True))


def refusal(broken: list[Gate]) -> str:
    """What is said of broken gates."""
    lines = "\n".join(f"  {gate}" for gate in broken)
    return (f"The new data have drifted from the released ones:\n{lines}\nNothing was trained and nothing committed. "
            "Look at artifacts/validation/census.html of the clone that is named above; repair the source, or, if the "
            "change is wanted, raise the limit under 'drift' in params.yaml (null: any), commit that and run again.")
