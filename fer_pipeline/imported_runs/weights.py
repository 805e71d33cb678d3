"""Weights of a run in float16, half the size: of networks that are to teach, to be trained on, or to travel."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import keras
import numpy as np

from fer_pipeline.errors import InputError
from fer_pipeline.plain_zip import write_arrays
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.start import starting_network

WEIGHTS_FILE = "weights.npz"


def write_weights(run: Path, weights: Sequence[np.ndarray]) -> None:
    """Write them beside run.json; the same weights give the same bytes."""
    write_arrays(run / WEIGHTS_FILE,
                 {str(place): np.asarray(weight, np.float16) for place, weight in enumerate(weights)})


def read_weights(file: Path | IO[bytes]) -> list[np.ndarray]:
    """Read what `write_weights` wrote, as float16."""
    with np.load(file) as arrays:
        return [arrays[str(place)] for place in range(len(arrays.files))]


def kept_network(run: Path, recipe: Recipe) -> keras.Model:
    """The network of a run's folder whose weights are kept; of a run from elsewhere the one that was judged.

    Raises:
        InputError: It keeps none.
    """
    if not (run / WEIGHTS_FILE).is_file():
        raise InputError(f"{run} keeps no weights. Train it again by the entry in its run.json.")
    return rounded(recipe, read_weights(run / WEIGHTS_FILE))


def rounded(recipe: Recipe, weights: Sequence[np.ndarray]) -> keras.Model:
    """The network of a recipe with weights as they are in float16; its archive is the same wherever it is made.

    What the recipe starts from is not needed.
    """
    keras.utils.clear_session()     # names of layers are numbered
    network = starting_network(recipe.model_copy(update={"weights": "none"}))
    network.set_weights([np.asarray(np.asarray(weight, np.float16), np.float32) for weight in weights])
    return network
