"""What is searched: a table of paths in a recipe, and where values are drawn from around the recipe's own."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from fer_pipeline.recipes import Recipe

DIGITS = 3      # significant ones of a drawn value; more would only fill tables

Around = Callable[[Any], BaseDistribution]


def _factor(wide: float, *, otherwise: tuple[float, ...] = ()) -> Around:
    """As many times larger and smaller; a value that is off, which has no logarithm, is one of a few instead."""

    def around(own: float) -> BaseDistribution:
        if not own:
            return CategoricalDistribution((own, *otherwise))
        return FloatDistribution(own / wide, own * wide, log=True)

    return around


def _up_to(high: float) -> Around:
    return lambda own: FloatDistribution(0.0, max(high, own))


def _one_of(*choices: float | None) -> Around:
    return lambda own: CategoricalDistribution(choices if own in choices else (*choices, own))


SPACE: dict[str, Around] = {
    "optimizer.learning_rate": _factor(10),
    "optimizer.weight_decay": _factor(10, otherwise=(0.0001, 0.001, 0.01)),
    "label_smoothing": _up_to(0.2),
    "augmentation.rotation_degrees": _up_to(30),
    "augmentation.zoom": _up_to(0.3),
    "augmentation.shift": _up_to(0.2),
    "augmentation.erasing": _up_to(0.5),
    "augmentation.mixup": _one_of(0.0, 0.2, 0.5, 1.0),      # nearly 0 is not off: beside cutmix it still takes
    "augmentation.cutmix": _one_of(0.0, 0.2, 0.5, 1.0),     # every other batch
    "weight_average": _one_of(None, 0.99, 0.999),
}


def own_values(recipe: Recipe) -> dict[str, Any]:
    """What the recipe says now of everything that is searched."""
    return {path: reduce(getattr, path.split("."), recipe) for path in SPACE}


def distributions(recipe: Recipe) -> dict[str, BaseDistribution]:
    """What a trial's values are drawn from; each holds the recipe's own value."""
    return {path: SPACE[path](own) for path, own in own_values(recipe).items()}


def changes(recipe: Recipe, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a trial that are not the recipe's own, as they are written to params.yaml."""
    own = own_values(recipe)
    return {path: rounded(value) for path, value in drawn.items() if value != own[path]}


def rounded(value: float | None) -> float | None:
    """To three significant digits."""
    return None if value is None else float(f"{value:.{DIGITS}g}")
