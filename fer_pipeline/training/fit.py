"""Fit a network epoch by epoch, so that it can go on after any of them."""

import time
from collections.abc import Callable
from functools import partial

import keras
import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.inference import probabilities
from fer_pipeline.recipes import Constant, Plateau, Recipe
from fer_pipeline.training import monitoring
from fer_pipeline.training.precise_batch_norm import take_statistics
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.targets import SoftTargets
from fer_pipeline.training.trainer import Trainer

SMALLEST = 1e-7     # probability, so that the logarithm of 0 is none


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
    soft: SoftTargets | None = None,
) -> Snapshot:
    """Train `network` in place from `snapshot` to the end and leave the chosen weights in it.

    Args:
        network: From grey levels `(batch, 48, 48, 1)` to probabilities `(batch, 7)`.
        training: Faces to learn from, with their weights in the loss.
        public_test: Faces that choose the checkpoint and stop early; they are never trained on.
        recipe: How to train it.
        seed: Of face order and augmentation.
        snapshot: An empty one, or the last of an earlier process.
        after_epoch: Called with the snapshot of each epoch.
        callbacks: For Keras, to show progress within an epoch.
        soft: What a teacher says of `training`; None for labels alone.

    Returns:
        The last snapshot.

    Raises:
        InputError: The loss is no number any more, or diverges.
    """
    build = partial(Trainer, network, training, recipe, seed, soft=soft)
    trainer = _trainer(build, snapshot)
    while not _finished(snapshot, recipe):
        started = time.monotonic()
        try:
            row = _epoch(trainer, recipe, seed, snapshot, public_test, callbacks)
        except Exception as error:
            if not _out_of_memory(error) or trainer.batch_size < 2:
                raise
            trainer = _halved(build, trainer, snapshot)
            continue
        monitoring.require_sound(row, snapshot.history)
        _take_in(snapshot, row, trainer, recipe)
        snapshot.seconds += time.monotonic() - started
        after_epoch(snapshot)
    network.set_weights(snapshot.best_weights if recipe.checkpoint.keep == "best" else trainer.kept_weights())
    if recipe.precise_batch_norm:
        take_statistics(network, training.pixels)
    return snapshot


def _finished(snapshot: Snapshot, recipe: Recipe) -> bool:
    return len(snapshot.history) >= recipe.epochs or monitoring.stops_early(snapshot.history, recipe)


def _trainer(build: Callable[..., Trainer], snapshot: Snapshot) -> Trainer:
    trainer = build(passes=snapshot.passes)
    if not snapshot.variables:
        snapshot.variables = [np.array(variable) for variable in trainer.state]
    for variable, value in zip(trainer.state, snapshot.variables, strict=True):
        variable.assign(value)
    return trainer


def _halved(build: Callable[..., Trainer], trainer: Trainer, snapshot: Snapshot) -> Trainer:
    """The training as it was before this epoch, with a batch in twice as many passes."""
    snapshot.passes *= 2
    halved = _trainer(build, snapshot)
    at_once = halved.batch_size
    print(f"Out of memory with {trainer.batch_size} faces at once. Going on with {at_once} and a step every "
          f"{snapshot.passes} passes: a batch stays {at_once * snapshot.passes}; batch normalisation sees {at_once}.",
          flush=True)
    for counter in halved.pass_counters:
        counter.assign(counter * 2)
    snapshot.variables = [np.array(variable) for variable in halved.state]
    return halved


def _out_of_memory(error: Exception) -> bool:
    return type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)


def _epoch(
    trainer: Trainer, recipe: Recipe, seed: int, snapshot: Snapshot, public_test: Faces,
    callbacks: list[keras.callbacks.Callback],
) -> dict[str, float]:
    epoch = len(snapshot.history)
    if isinstance(recipe.schedule, Constant | Plateau):
        trainer.optimizer.learning_rate = monitoring.learning_rate(recipe, snapshot.history)
    fitted = trainer.show(trainer.order(seed, epoch), initial_epoch=epoch, epochs=epoch + 1,
                          callbacks=callbacks).history
    loss, accuracy = _on_public_test(trainer, public_test)
    sound = all(np.isfinite(weight).all() for weight in trainer.kept_weights())    # ReLU on a CPU makes NaN a 0
    return {
        "epoch": epoch + 1, "loss": fitted["loss"][0] if sound else np.nan, "accuracy": fitted["accuracy"][0],
        "public_test_loss": loss, "public_test_accuracy": accuracy,
        "learning_rate": float(keras.ops.convert_to_numpy(trainer.optimizer.learning_rate)),
    }


def _on_public_test(trainer: Trainer, public_test: Faces) -> tuple[float, float]:
    """Loss and accuracy with the weights that would be kept."""
    network, now = trainer.network, trainer.network.get_weights()
    if trainer.average:
        network.set_weights(trainer.kept_weights())
    said = probabilities(network, public_test.pixels)
    network.set_weights(now)
    of_truth = said[np.arange(len(said)), public_test.emotion]
    right = said.argmax(axis=1) == public_test.emotion
    return float(-np.log(of_truth + SMALLEST).mean()), float(right.mean())


def _take_in(snapshot: Snapshot, row: dict[str, float], trainer: Trainer, recipe: Recipe) -> None:
    if monitoring.improves(row, snapshot.best, recipe.checkpoint.monitor):
        snapshot.best_epoch, snapshot.best_weights = int(row["epoch"]), trainer.kept_weights()
    snapshot.history.append(row)
    snapshot.variables = [np.array(variable) for variable in trainer.state]

