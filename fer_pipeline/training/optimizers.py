"""Optimisers and learning-rate schedules as recipes name them."""

import keras

from fer_pipeline.recipes import SGD, Adam, Cosine, Recipe
from fer_pipeline.training.monitoring import learning_rate


def build_optimizer(recipe: Recipe, network: keras.Model, steps_per_epoch: int, passes: int) -> keras.Optimizer:
    """An optimiser for `network`.

    Args:
        recipe: Of optimiser, schedule and epochs.
        network: Its biases and normalisations are left out of weight decay.
        steps_per_epoch: Steps of an epoch, which a cosine needs to know.
        passes: Passes through the network that make up a step.
    """
    chosen = recipe.optimizer
    common = {
        "learning_rate": _schedule(recipe, steps_per_epoch * passes),     # Keras asks a schedule by pass
        "weight_decay": chosen.weight_decay or None,
        "global_clipnorm": chosen.clip_norm,
        "gradient_accumulation_steps": passes if passes > 1 else None,
    }
    if isinstance(chosen, SGD):
        optimizer = keras.optimizers.SGD(momentum=chosen.momentum, nesterov=chosen.nesterov, **common)
    elif isinstance(chosen, Adam):
        optimizer = keras.optimizers.Adam(**common)
    else:
        optimizer = keras.optimizers.Adamax(**common)
    if chosen.weight_decay:
        optimizer.exclude_from_weight_decay(
            var_list=[variable for variable in network.trainable_variables if len(variable.shape) < 2])
    optimizer.build(network.trainable_variables)
    return optimizer


def _schedule(recipe: Recipe, passes_per_epoch: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if not isinstance(recipe.schedule, Cosine):
        return learning_rate(recipe, [])
    peak, warmup = recipe.optimizer.learning_rate, round(recipe.schedule.warmup_epochs * passes_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else peak,
        warmup_target=peak if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(recipe.epochs * passes_per_epoch - warmup, 1),
        alpha=recipe.schedule.final,
    )
