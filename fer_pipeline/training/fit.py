"""Fit a network epoch by epoch, so that it can go on after any of them."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.params import Recipe
from fer_pipeline.training.augmentation import build_augmentation

EVALUATION_BATCH = 256


@dataclass
class Snapshot:
    """A training after some epochs: all it needs to go on as if it had never stopped.

    Attributes:
        history: A row an epoch: epoch, loss, accuracy, public_test_loss, public_test_accuracy, learning_rate.
        best_accuracy: Highest PublicTest accuracy so far, a fraction.
        best_epoch: Epoch of it, from 1.
        best_weights: The network's weights then.
        variables: Weights, random states and optimiser state now.
        seconds: Time spent in epochs so far, over all processes.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_accuracy: float = -1.0
    best_epoch: int = 0
    best_weights: list[np.ndarray] = field(default_factory=list)
    variables: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0

    def arrays(self) -> dict[str, np.ndarray]:
        """As named arrays, for a file."""
        facts = {"history": self.history, "best_accuracy": self.best_accuracy, "best_epoch": self.best_epoch,
                 "seconds": self.seconds}
        return (
            {"facts": np.array(json.dumps(facts))}
            | {f"best_{index:05}": value for index, value in enumerate(self.best_weights)}
            | {f"variable_{index:05}": value for index, value in enumerate(self.variables)}
        )

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> "Snapshot":
        """Back from named arrays."""
        names = sorted(arrays)
        return Snapshot(
            **json.loads(str(arrays["facts"])),
            best_weights=[arrays[name] for name in names if name.startswith("best_")],
            variables=[arrays[name] for name in names if name.startswith("variable_")],
        )


def fit(
    network: keras.Model,
    training: Faces,
    public_test: Faces,
    recipe: Recipe,
    *,
    seed: int,
    snapshot: Snapshot,
    after_epoch: Callable[[Snapshot], None],
    callbacks: list[keras.callbacks.Callback],
) -> Snapshot:
    """Train `network` in place from `snapshot` to the end and leave the chosen weights in it.

    Args:
        network: From grey levels `(batch, 48, 48, 1)` to probabilities `(batch, 7)`.
        training: Faces to learn from, with their weights in the loss.
        public_test: Faces that choose the checkpoint and stop early; they are never trained on.
        recipe: Epochs, batch size, step size, augmentation, checkpoint, early stopping.
        seed: Of face order and augmentation.
        snapshot: An empty one, or the last of an earlier process.
        after_epoch: Called with the snapshot of each epoch.
        callbacks: For Keras, to show progress within an epoch.

    Returns:
        The last snapshot.
    """
    trainer = _compiled(network, recipe, seed)
    state = [*trainer.variables, *trainer.optimizer.variables]
    if snapshot.variables:
        _assign(state, snapshot.variables)
    while not _finished(snapshot, recipe):
        started = time.monotonic()
        row = _epoch(trainer, training, public_test, recipe, seed, len(snapshot.history), callbacks)
        snapshot.history.append(row)
        if row["public_test_accuracy"] > snapshot.best_accuracy:
            snapshot.best_accuracy, snapshot.best_epoch = row["public_test_accuracy"], len(snapshot.history)
            snapshot.best_weights = network.get_weights()
        snapshot.variables = [np.array(variable) for variable in state]
        snapshot.seconds += time.monotonic() - started
        after_epoch(snapshot)
    if recipe.checkpoint == "best":
        network.set_weights(snapshot.best_weights)
    return snapshot


def _finished(snapshot: Snapshot, recipe: Recipe) -> bool:
    epochs = len(snapshot.history)
    patience = recipe.early_stopping_patience
    return epochs >= recipe.epochs or (patience is not None and epochs - snapshot.best_epoch >= patience)


def _compiled(network: keras.Model, recipe: Recipe, seed: int) -> keras.Model:
    layers = [keras.Input(network.input_shape[1:]), *build_augmentation(recipe.augmentation, seed), network]
    trainer = keras.Sequential(layers)
    trainer.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=_worth_compiling(),
    )
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def _worth_compiling() -> bool | str:
    """XLA makes TensorFlow three times slower on a CPU."""
    on_cpu = os.environ.get("CUDA_VISIBLE_DEVICES") == "-1"
    return False if keras.backend.backend() == "tensorflow" and on_cpu else "auto"


def _epoch(
    trainer: keras.Model,
    training: Faces,
    public_test: Faces,
    recipe: Recipe,
    seed: int,
    epoch: int,
    callbacks: list[keras.callbacks.Callback],
) -> dict[str, float]:
    order = np.random.default_rng([seed, epoch]).permutation(len(training))
    shuffled = training.take(order)
    weighted = bool((training.weight != 1).any())
    fitted = trainer.fit(
        as_input(shuffled.pixels), shuffled.emotion, sample_weight=shuffled.weight if weighted else None,
        batch_size=recipe.batch_size, shuffle=False, verbose=0, callbacks=callbacks,
    ).history
    loss, accuracy = trainer.evaluate(
        as_input(public_test.pixels), public_test.emotion, batch_size=EVALUATION_BATCH, verbose=0)
    return {
        "epoch": epoch + 1, "loss": fitted["loss"][0], "accuracy": fitted["accuracy"][0],
        "public_test_loss": loss, "public_test_accuracy": accuracy,
        "learning_rate": float(trainer.optimizer.learning_rate),
    }


def _assign(variables: list[Any], values: list[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
