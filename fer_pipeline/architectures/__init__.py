"""The networks. This folder is the registry: one module an architecture, named as in params.yaml.

A module has a `CARD`, where it comes from and what it was published with, and one public function,
`build(input_shape, classes, *, ...)`, whose keyword arguments are the architecture's hyperparameters with the published
values as defaults. Networks take raw grey levels 0 to 255 and return probabilities in float32: rescaling and resizing
are layers, so that serving cannot differ from training.
"""

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from fer_pipeline.errors import InputError
from fer_pipeline.recipes import WeightsFile

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Published:
    """An accuracy that the source gives.

    Attributes:
        accuracy: A fraction.
        measured_on: Which faces, and what else one must know to read it.
        estimate: No figure is printed; this is what its nearest relatives printed.
    """

    accuracy: float
    measured_on: str
    estimate: bool = False


@dataclass(frozen=True)
class Card:
    """Where an architecture comes from.

    Attributes:
        source: Project or paper.
        recipe: Its training as printed there.
        assumed: What the source leaves open and this file decides; "" for nothing.
        published: Its honest figure, if there is one.
        pretrained: Its source starts from ImageNet weights.
    """

    source: str
    recipe: str
    assumed: str = ""
    published: Published | None = None
    pretrained: bool = False


def names() -> list[str]:
    """Every architecture, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def require(wanted: Iterable[str]) -> None:
    """Refuse names without a module.

    Raises:
        InputError: A name is no architecture; the message lists those that are.
    """
    for name in wanted:
        if name not in names():
            raise InputError(
                f"Unknown architecture {name!r}. Available: {', '.join(names())}. Correct it under 'architectures' in "
                f"params.yaml, or add fer_pipeline/architectures/{name}.py."
            )


def card(name: str) -> Card:
    """The card of `name`, an entry of `names()`."""
    require([name])
    found: Card = import_module(f"{__name__}.{name}").CARD
    return found


def starting_weights(name: str, weights: str | WeightsFile | None) -> str:
    """What a training starts from: "imagenet", "none" or a file's name; what the source of `name` does if None.

    Raises:
        InputError: ImageNet weights are asked for where there are none.
    """
    if isinstance(weights, WeightsFile):
        return f"{PurePath(weights.file).name} ({weights.sha256[:12]})"
    pretrained = card(name).pretrained
    if weights == "imagenet" and not pretrained:
        raise InputError(f"There are no ImageNet weights for {name}. Allowed: none. Correct architectures.*.weights in "
                         "params.yaml.")
    return weights or ("imagenet" if pretrained else "none")


def build(
    name: str,
    *,
    input_shape: tuple[int, int, int],
    classes: int,
    weights: str | WeightsFile | None = None,
    **hyperparameters: Any,
) -> "keras.Model":
    """Build a network that has seen no face of ours yet.

    Args:
        name: An entry of `names()`.
        input_shape: `(height, width, channels)` of a face, grey levels 0 to 255.
        classes: Number of emotions.
        weights: "imagenet"; None for what its source starts from; otherwise at random, as weights of a file are
            filled in by `training.start`.
        hyperparameters: Departures from the defaults of the architecture's own `build`.

    Returns:
        A network from faces `(batch, height, width, channels)` to probabilities `(batch, classes)`, float32.

    Raises:
        InputError: Unknown architecture or hyperparameter, or weights that cannot be had.
    """
    start = starting_weights(name, weights)
    module = import_module(f"{__name__}.{name}")
    allowed = set(module.build.__kwdefaults__ or {}) - {"weights"}
    if unknown := sorted(set(hyperparameters) - allowed):
        raise InputError(
            f"Unknown hyperparameter {', '.join(unknown)} of {name}. Allowed: {', '.join(sorted(allowed))}. Correct "
            f"its hyperparameters under 'architectures' in params.yaml."
        )
    if module.CARD.pretrained:
        hyperparameters["weights"] = start if start == "imagenet" else "none"
    network: keras.Model = module.build(input_shape, classes, **hyperparameters)
    return network
