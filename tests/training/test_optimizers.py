import keras
import numpy as np
import pytest

from fer_pipeline.training.optimizers import build_optimizer

RATE = 0.1
SGD = {"name": "sgd", "learning_rate": RATE, "momentum": 0.0}
ADAM = {"name": "adam", "learning_rate": RATE}


def rate_after(optimizer: keras.Optimizer, applied: int) -> float:
    """The learning rate after so many gradients."""
    optimizer._iterations.assign(applied)
    return float(optimizer.learning_rate)


def apply(optimizer: keras.Optimizer, network: keras.Model, gradient: float) -> list[np.ndarray]:
    """How each weight changes by a gradient that is the same everywhere."""
    weights = network.trainable_variables
    before = [np.array(weight) for weight in weights]
    optimizer.apply([keras.ops.full(weight.shape, gradient) for weight in weights], weights)
    return [np.array(weight) - old for weight, old in zip(weights, before, strict=True)]


def norm(changes: list[np.ndarray]) -> float:
    return float(np.sqrt(sum((change ** 2).sum() for change in changes)))


@pytest.mark.parametrize(("schedule", "expected"), [
    ({"name": "constant"}, {0: 1, 50: 1, 100: 1}),
    ({"name": "plateau", "monitor": "public_test_loss", "factor": 0.5, "patience": 1}, {0: 1, 100: 1}),
    ({"name": "cosine"}, {0: 1, 25: (1 + np.sqrt(0.5)) / 2, 50: 0.5, 100: 0, 120: 0}),
    ({"name": "cosine", "final": 0.2}, {0: 1, 50: 0.6, 100: 0.2, 120: 0.2}),
    ({"name": "cosine", "warmup_epochs": 1}, {0: 0, 5: 0.25, 10: 0.5, 20: 1, 60: 0.5, 100: 0, 120: 0}),
    ({"name": "cosine", "warmup_epochs": 0.5, "final": 0.1}, {0: 0, 5: 0.5, 10: 1, 55: 0.55, 100: 0.1}),
    ({"name": "cosine", "warmup_epochs": 5}, {0: 0, 50: 0.5, 99: 0.99}),        # nothing but warm-up
])
def test_learning_rates_by_step_of_five_epochs_of_twenty(recipe, tiny, schedule, expected):
    chosen = recipe(epochs=5, optimizer=SGD, schedule=schedule)
    optimizer = build_optimizer(chosen, tiny(), steps_per_epoch=20, passes=1)
    found = {step: rate_after(optimizer, step) / RATE for step in expected}
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_step_in_several_passes_is_as_far_down_the_cosine_as_one_in_one(recipe, tiny):
    chosen = recipe(epochs=5, optimizer=SGD, schedule={"name": "cosine", "warmup_epochs": 1})
    whole, split = (build_optimizer(chosen, tiny(), steps_per_epoch=20, passes=passes) for passes in (1, 4))
    for step in (0, 10, 20, 60, 99):
        assert rate_after(split, 4 * step) == pytest.approx(rate_after(whole, step), rel=1e-5)


@pytest.mark.parametrize(("optimizer", "kind"), [
    (ADAM, keras.optimizers.Adam), ({"name": "adamax", "learning_rate": RATE}, keras.optimizers.Adamax),
    (SGD, keras.optimizers.SGD)])
def test_the_optimiser_named_is_built_for_the_networks_weights(recipe, tiny, optimizer, kind):
    network = tiny()
    built = build_optimizer(recipe(optimizer=optimizer), network, steps_per_epoch=3, passes=1)
    assert type(built) is kind
    assert built.built
    assert (built.weight_decay, built.global_clipnorm, built.gradient_accumulation_steps) == (None, None, None)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_that_of_the_recipe(recipe, tiny, nesterov):
    chosen = recipe(optimizer=SGD | {"momentum": 0.5, "nesterov": nesterov})
    network = tiny()
    optimizer = build_optimizer(chosen, network, steps_per_epoch=3, passes=1)
    first, second = (apply(optimizer, network, 1.0)[0].mean() for _ in range(2))
    assert (first, second) == pytest.approx((-0.15, -0.175) if nesterov else (-0.1, -0.15), rel=1e-4)


@pytest.mark.parametrize("optimizer", [SGD, ADAM])
def test_weight_decay_shrinks_kernels_by_rate_times_it_and_leaves_biases_and_normalisations(recipe, tiny, optimizer):
    network = tiny("three_block_cnn")
    for weight in network.trainable_variables:
        weight.assign(np.ones(weight.shape))
    built = build_optimizer(recipe(optimizer=optimizer | {"weight_decay": 0.05}), network, steps_per_epoch=3, passes=1)
    kinds = [weight.path.split("/")[-1] for weight in network.trainable_variables]
    assert set(kinds) == {"kernel", "bias", "gamma", "beta"}
    for kind, change in zip(kinds, apply(built, network, 0.0), strict=True):
        np.testing.assert_allclose(change, -RATE * 0.05 if kind == "kernel" else 0, rtol=1e-3)


@pytest.mark.parametrize(("gradient", "clipped"), [(100.0, True), (1e-4, False)])
def test_gradients_are_clipped_together_to_the_norm(recipe, tiny, gradient, clipped):
    network = tiny()
    optimizer = build_optimizer(recipe(optimizer=SGD | {"clip_norm": 0.5}), network, steps_per_epoch=3, passes=1)
    size = sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)
    wanted = 0.5 if clipped else gradient * np.sqrt(size)
    assert norm(apply(optimizer, network, gradient)) == pytest.approx(RATE * wanted, rel=1e-3)


def test_passes_of_a_step_are_averaged_and_then_applied_at_once(recipe, tiny):
    network = tiny()
    optimizer = build_optimizer(recipe(optimizer=SGD), network, steps_per_epoch=3, passes=2)
    assert norm(apply(optimizer, network, 1.0)) == 0
    for change in apply(optimizer, network, 2.0):
        np.testing.assert_allclose(change, -RATE * 1.5, rtol=1e-3)
    assert norm(apply(optimizer, network, 4.0)) == 0
