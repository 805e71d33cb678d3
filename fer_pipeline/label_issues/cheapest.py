"""Which entry of params.yaml trains with the fewest operations."""

from collections.abc import Mapping

from fer_pipeline import architectures
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.recipes import Recipe


def cheapest(entries: Mapping[str, Recipe]) -> str:
    """The entry with the fewest FLOPs a face times epochs; the first of equals."""
    return min(entries, key=lambda entry: _flops(entries[entry]) * entries[entry].epochs)


def _flops(recipe: Recipe) -> int:
    return flops(architectures.build(recipe.architecture, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS),
                                     weights="none", **recipe.hyperparameters))
