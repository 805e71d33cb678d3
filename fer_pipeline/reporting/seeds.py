"""Entries that are one recipe with several seeds: mean and spread of their figures."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_pipeline.evaluation.intervals import Spread, spread
from fer_pipeline.reporting.results import JUDGED, Outcome


@dataclass(frozen=True)
class SeedGroup:
    """Trainings that differ in the seed alone.

    Attributes:
        names: Of the entries, at least two.
        made_of: What they have in common.
        accuracy: By set of faces.
        macro_f1: By set of faces.
    """

    names: list[str]
    made_of: str
    accuracy: Mapping[str, Spread]
    macro_f1: Mapping[str, Spread]


def seed_groups(outcomes: Iterable[Outcome], recipes: Mapping[str, Mapping[str, Any]]) -> list[SeedGroup]:
    """The groups among networks with figures, in their order."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        recipe = {key: value for key, value in recipes[outcome.architecture].items() if key != "seed"}
        groups[json.dumps(recipe, sort_keys=True)].append(outcome)
    return [_group(members) for members in groups.values() if len(members) > 1]


def _group(members: list[Outcome]) -> SeedGroup:
    def over(figure: str) -> dict[str, Spread]:
        return {key: spread([getattr(one.scores[key], figure) for one in members]) for key, _, _ in JUDGED}

    return SeedGroup([one.architecture for one in members], members[0].made_of, over("accuracy"), over("macro_f1"))
