"""Operations that each training of params.yaml takes: `python -m fer_pipeline.effort` prints them as JSON.

A process of its own, so that a flow can ask without importing a framework.
"""

import json
import os
import sys
from collections.abc import Mapping

from fer_pipeline.errors import InputError
from fer_pipeline.params import load_params
from fer_pipeline.recipes import Recipe


def efforts(entries: Mapping[str, Recipe]) -> dict[str, float]:
    """FLOPs of one face's forward pass times epochs, by entry: trainings on the same faces take time in proportion."""
    from fer_pipeline import catalogue
    from fer_pipeline.evaluation.cost import flops

    return {name: float(flops(catalogue.build(recipe.architecture, **recipe.hyperparameters)) * recipe.epochs)
            for name, recipe in entries.items()}


if __name__ == "__main__":
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        print(json.dumps(efforts(load_params().entries)))
    except InputError as error:
        sys.exit(f"error: {error}")
