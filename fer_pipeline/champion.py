"""The settings of whatever won: a network or a student."""

from collections.abc import Mapping

from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Recipe, Student


def recipe_of(champion: str, architectures: Mapping[str, Recipe], students: Mapping[str, Student]) -> Recipe:
    """The champion's entry of params.yaml.

    Raises:
        InputError: params.yaml has no such entry.
    """
    entries: dict[str, Recipe] = {**architectures, **students}
    if champion not in entries:
        raise InputError(f"The champion is {champion!r}, and params.yaml has no such entry under 'architectures' or "
                         f"'students', but: {', '.join(entries)}. Run dvc repro select.")
    return entries[champion]
