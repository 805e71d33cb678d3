"""The network that a training begins with."""

import keras

from fer_pipeline import architectures
from fer_pipeline.checksum import pinned
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.recipes import Recipe, WeightsFile

WHERE = "architectures.*.weights in params.yaml"


def starting_network(recipe: Recipe) -> keras.Model:
    """A network from grey levels `(batch, 48, 48, 1)` to probabilities `(batch, 7)`, with the weights it starts from.

    Raises:
        InputError: Unknown architecture or hyperparameter, or weights that cannot be had.
    """
    network = architectures.build(recipe.architecture, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS),
                                  weights=recipe.weights, **recipe.hyperparameters)
    if isinstance(recipe.weights, WeightsFile):
        _take_over(network, recipe.weights)
    return network


def _take_over(network: keras.Model, weights: WeightsFile) -> None:
    before = keras.models.load_model(pinned(weights.file, weights.sha256, WHERE), compile=False)
    shapes, needed = ([weight.shape for weight in one.weights] for one in (before, network))
    if shapes != needed:
        raise InputError(f"{weights.file} is another network than {network.name}: {len(shapes)} arrays of weights with "
                         f"{before.count_params():,} numbers, where {len(needed)} with {network.count_params():,} are "
                         "needed. Give the architecture and the hyperparameters that the file was trained with, or "
                         f"another file: {WHERE}.")
    network.set_weights(before.get_weights())

