import math
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.monitoring import improves, learning_rate, require_sound, stops_early

MODE = {"public_test_loss": "min", "public_test_accuracy": "max"}


def rows(*values: float) -> list[dict[str, float]]:
    """A history in which both figures have these values."""
    return [{"epoch": epoch, "loss": 1.0, "accuracy": 0.5, "public_test_loss": value, "public_test_accuracy": value,
             "learning_rate": 0.1} for epoch, value in enumerate(values, start=1)]


def made_up(seed: int, epochs: int = 40) -> list[dict[str, float]]:
    """Figures that wander, with ties and long stretches of nothing new."""
    steps = np.random.default_rng(seed).choice([-3, -1, 0, 0, 1, 3], epochs)
    return rows(*(0.5 + 0.01 * np.cumsum(steps)))


def oracle(callback: keras.callbacks.Callback, history: list[dict[str, float]]) -> list[tuple[float, bool]]:
    """Learning rate and whether the training is to stop after each epoch, by a callback of Keras."""
    model = SimpleNamespace(optimizer=keras.optimizers.SGD(0.1), stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()
    found = []
    for row in history:
        callback.on_epoch_end(int(row["epoch"]) - 1, dict(row))
        found.append((float(model.optimizer.learning_rate), model.stop_training))
    return found


def with_plateau(recipe, **settings: object) -> Recipe:
    return recipe(optimizer={"name": "adam", "learning_rate": 0.1}, schedule={"name": "plateau", **settings})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("monitor", MODE)
@pytest.mark.parametrize(("patience", "min_delta", "floor"), [
    (1, 0.0, 0.0), (2, 0.015, 0.0), (5, 0.0001, 0.0), (2, 0.0, 0.03)])
def test_a_plateau_lowers_the_rate_just_as_keras_does(recipe, seed, monitor, patience, min_delta, floor):
    history = made_up(seed)
    keras_says = oracle(keras.callbacks.ReduceLROnPlateau(
        monitor, factor=0.5, patience=patience, min_delta=min_delta, min_lr=floor, mode=MODE[monitor]), history)
    chosen = with_plateau(recipe, monitor=monitor, factor=0.5, patience=patience, min_delta=min_delta, floor=floor)
    rates = [learning_rate(chosen, history[:epochs]) for epochs in range(1, len(history) + 1)]
    assert rates == pytest.approx([rate for rate, _ in keras_says], rel=1e-5)
    assert min(rates) < 0.1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("monitor", MODE)
@pytest.mark.parametrize("patience", [1, 3, 8])
def test_training_stops_early_just_when_keras_does(recipe, seed, monitor, patience):
    history = made_up(seed)
    keras_says = oracle(keras.callbacks.EarlyStopping(monitor, patience=patience, mode=MODE[monitor]), history)
    chosen = recipe(early_stopping={"monitor": monitor, "patience": patience})
    stops = next((epoch for epoch in range(1, 41) if stops_early(history[:epoch], chosen)), None)
    assert stops == next((epoch for epoch, (_, stop) in enumerate(keras_says, start=1) if stop), None)


def test_keras_stops_at_all_in_the_made_up_histories():
    for monitor, mode in MODE.items():
        assert oracle(keras.callbacks.EarlyStopping(monitor, patience=3, mode=mode), made_up(0))[-1][1]


def test_without_early_stopping_and_plateau_nothing_changes(recipe):
    worse = rows(*np.linspace(1, 0, 100))
    assert not stops_early(worse, recipe())
    assert learning_rate(recipe(), worse) == 0.01
    assert not stops_early([], recipe(early_stopping={"monitor": "public_test_loss", "patience": 1}))
    assert learning_rate(with_plateau(recipe, monitor="public_test_loss", factor=0.1, patience=1), []) == 0.1


@pytest.mark.parametrize(("monitor", "now", "before", "min_delta", "better"), [
    ("public_test_accuracy", 0.5, 0.4, 0, True), ("public_test_accuracy", 0.4, 0.5, 0, False),
    ("public_test_accuracy", 0.5, 0.5, 0, False), ("public_test_accuracy", 0.5, 0.4, 0.2, False),
    ("public_test_loss", 0.4, 0.5, 0, True), ("public_test_loss", 0.5, 0.4, 0, False),
    ("public_test_loss", 0.5, 0.5, 0, False), ("public_test_loss", 0.4, 0.5, 0.2, False),
])
def test_a_higher_accuracy_or_a_lower_loss_is_better_by_more_than_the_least(monitor, now, before, min_delta, better):
    assert improves(rows(now)[0], rows(before)[0], monitor, min_delta) is better


def test_anything_beats_nothing():
    assert improves(rows(0.0)[0], None, "public_test_accuracy")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_names_epoch_rate_and_repair(value):
    row = rows(0.5, 0.5, 0.5)[2] | {"loss": value}
    with pytest.raises(InputError, match=rf"The loss became {value} in epoch 3, at learning rate 0\.1\. Lower "
                                         r"optimizer\.learning_rate .* in params\.yaml, or set optimizer\.clip_norm\."):
        require_sound(row, rows(0.5, 0.5))


def test_the_figure_that_is_no_number_is_the_one_named():
    row = rows(0.5)[0] | {"public_test_loss": math.nan}
    with pytest.raises(InputError, match=r"public.?test.?loss became nan in epoch 1, at learning rate 0\.1\."):
        require_sound(row, [])


def test_a_training_that_diverges_names_both_losses():
    history = [row | {"loss": loss} for row, loss in zip(rows(0, 0), (1.9, 1.5), strict=True)]
    with pytest.raises(InputError, match=r"diverges: loss 16\.1 in epoch 3, after 1\.5 before, at learning rate 0\.1"):
        require_sound(rows(0, 0, 0)[2] | {"loss": 16.1}, history)


@pytest.mark.parametrize(("lowest", "loss"), [(1.5, 1.4), (1.5, 14.0), (0.0004, 0.02), (0.0, 0.001)])
def test_a_loss_that_rises_up_to_tenfold_or_stays_below_that_of_guessing_is_no_divergence(lowest, loss):
    require_sound(rows(0, 0)[1] | {"loss": loss}, [rows(0)[0] | {"loss": lowest}])


def test_the_first_epoch_cannot_diverge():
    require_sound(rows(0.5)[0] | {"loss": 1e6}, [])
