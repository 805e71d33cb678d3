"""What a search is asked for."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_pipeline.errors import InputError
from fer_pipeline.params import Params
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.folders import LOCAL_FOLDER
from fer_pipeline.search.space import changes


@dataclass(frozen=True)
class Plan:
    """A search for better values of one entry.

    Attributes:
        trials: To be finished in all, those of earlier calls included.
        epochs: Of a trial, which may be fewer than the recipe's.
        commit: What the trials start from.
    """

    entry: str
    recipe: Recipe
    trials: int
    epochs: int
    seed: int
    commit: str

    @property
    def name(self) -> str:
        """One a commit, number of epochs and seed: trials are compared with their like only."""
        like = hashlib.sha256(f"{self.commit} {self.epochs} {self.seed}".encode()).hexdigest()
        return f"{self.entry}-{like[:6]}"

    @property
    def folder(self) -> Path:
        """What searches for the entry keep; beside it, with the suffix .db, their trials."""
        return LOCAL_FOLDER / "search" / self.entry

    def experiment(self, number: int) -> str:
        """DVC's name of a trial."""
        return f"{self.name}-{number + 1}"

    def changes(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """What a trial changes in the recipe."""
        shorter = {"epochs": self.epochs} if self.epochs != self.recipe.epochs else {}
        return changes(self.recipe, drawn) | shorter


def recipe_of(entry: str, params: Params) -> Recipe:
    """The recipe to be searched around.

    Raises:
        InputError: Unknown entry.
    """
    if entry not in params.architectures:
        raise InputError(f"No entry {entry!r} under 'architectures'. params.yaml has: "
                         f"{', '.join(params.architectures)}. Name one of these.")
    return params.architectures[entry]


def require_positive(option: str, value: int) -> None:
    """Refuse a number of trials or epochs below one.

    Raises:
        InputError: It is.
    """
    if value < 1:
        raise InputError(f"{option} is {value}; allowed is a whole number from 1. Give one, or leave {option} out.")
