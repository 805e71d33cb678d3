"""Training steps with batch normalisation as Keras 3 computes it under TensorFlow, and as one operation.

Networks with random faces, flipped and turned, weights averaged, as the stage `train` does it on one thread. The two
ways take turns; what counts are the ratios, for other work on the machine slows both. bfloat16 needs a processor that
computes in it.

    python benchmarks/normalisation.py
    python benchmarks/normalisation.py --mixed-precision --rounds 5
"""

import argparse
import json
import time
from contextlib import nullcontext
from statistics import median
from unittest.mock import patch

import keras
import numpy as np

from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.recipes import Recipe
from fer_pipeline.training import trainer
from fer_pipeline.training.determinism import make_deterministic

NETWORKS = {"quick_cnn_48": {}, "three_block_cnn": {}, "mini_xception": {}, "face_resnet": {},
            "resnet18_48": {"filters": [32, 64, 128, 256]}}
BATCH, STEPS = 128, 4
RECIPE = {"recipe": "timed", "epochs": 1, "batch_size": BATCH, "checkpoint": {"keep": "last"}, "weight_average": 0.999,
          "augmentation": {"horizontal_flip": True, "rotation_degrees": 15},
          "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9, "nesterov": True}}
WAYS = {"Keras": nullcontext, "fused": trainer.fused}


def main() -> None:
    """Print a row a network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mixed-precision", action="store_true")
    chosen = parser.parse_args()
    make_deterministic(1, threads=1)
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen.mixed_precision else "float32")
    print("| network | faces/s, Keras's own | fused | × |\n| --- | --- | --- | --- |")
    for name in chosen.networks:
        slow, fast = (median(rates) for rates in _rates(name, chosen.rounds).values())
        told = "".join(f", {key} {json.dumps(value)}" for key, value in NETWORKS.get(name, {}).items())
        print(f"| {name}{told} | {slow:,.0f} | {fast:,.0f} | {fast / slow:.2f} |", flush=True)


def _rates(name: str, rounds: int) -> dict[str, list[float]]:
    """Faces a second, by way and round."""
    made = {}
    for way, fused in WAYS.items():
        with patch.object(trainer, "fused", fused):
            made[way] = _compiled(name)
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, one in made.items():
            began = time.perf_counter()
            one.show(np.arange(BATCH * STEPS, dtype=np.int32))
            rates[way].append(BATCH * STEPS / (time.perf_counter() - began))
    return rates


def _compiled(name: str) -> trainer.Trainer:
    drawn, number = np.random.default_rng(1), BATCH * STEPS
    faces = Faces(drawn.integers(0, 256, (number, FACE_SIZE, FACE_SIZE), np.uint8),
                  drawn.integers(0, len(EMOTIONS), number).astype(np.uint8), np.arange(number, dtype=np.int32),
                  np.ones(number, np.float32))
    recipe = Recipe.model_validate({**RECIPE, "architecture": name, "hyperparameters": NETWORKS.get(name, {})})
    network = architectures.build(name, input_shape=(FACE_SIZE, FACE_SIZE, 1), classes=len(EMOTIONS),
                                  **recipe.hyperparameters)
    one = trainer.Trainer(network, faces, recipe, seed=1, steps_per_execution=STEPS)
    one.show(np.arange(number, dtype=np.int32))
    return one


if __name__ == "__main__":
    main()
