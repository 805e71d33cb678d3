"""The networks. This folder is the registry: one module an architecture, named as in params.yaml.

A module has one public function, `build(input_shape, classes, *, ...)`, whose keyword arguments are the architecture's
hyperparameters with the published values as defaults. Networks take raw grey levels 0 to 255 and return probabilities:
rescaling and resizing are layers, so that serving cannot differ from training.
"""

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fer_pipeline.errors import InputError

if TYPE_CHECKING:
    import keras


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
                f"Unknown architecture {name!r}. Available: {', '.join(names())}. Correct the key under "
                f"'architectures' in params.yaml, or add fer_pipeline/architectures/{name}.py."
            )


def build(name: str, *, input_shape: tuple[int, int, int], classes: int, **hyperparameters: Any) -> "keras.Model":
    """Build an untrained network.

    Args:
        name: An entry of `names()`.
        input_shape: `(height, width, channels)` of a face, grey levels 0 to 255.
        classes: Number of emotions.
        hyperparameters: Departures from the defaults of the architecture's own `build`.

    Returns:
        A network from faces `(batch, height, width, channels)` to probabilities `(batch, classes)`.

    Raises:
        InputError: Unknown architecture or hyperparameter.
    """
    require([name])
    module = import_module(f"{__name__}.{name}")
    allowed = module.build.__kwdefaults__ or {}
    if unknown := sorted(set(hyperparameters) - set(allowed)):
        raise InputError(
            f"Unknown hyperparameter {', '.join(unknown)} of {name}. Allowed: {', '.join(allowed)}. Correct "
            f"architectures.{name}.hyperparameters in params.yaml."
        )
    network: keras.Model = module.build(input_shape, classes, **hyperparameters)
    return network
