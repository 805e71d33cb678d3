from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.params import Recipe
from fer_pipeline.training.fit import Snapshot, fit

TINY = {
    "lenet5": {"size": 20, "filters": [2, 4], "units": [8, 8]},
    "three_block_cnn": {"filters": [4, 4, 4], "kernel_sizes": [3, 3, 3], "units": [8, 8], "dropout": 0.5},
}
CHANGING = {"horizontal_flip": True, "zoom": 0.2, "shear_degrees": 10.0}
RECIPES = {"lenet5": {}, "three_block_cnn": {"augmentation": CHANGING}}


class Killed(Exception):
    """Stands for a kill between two epochs."""


@pytest.fixture(scope="module", autouse=True)
def _one_order_of_sums() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


@pytest.fixture(scope="module")
def start(faces, recipe) -> Callable[..., tuple[keras.Model, Snapshot]]:
    """Fits a tiny network to 21 faces, watched on 14."""

    def run(name: str = "lenet5", *, seed: int = 5, snapshot: Snapshot | None = None, weight: np.ndarray | None = None,
            after_epoch: Callable[[Snapshot], None] = lambda _: None, **changes: Any) -> tuple[keras.Model, Snapshot]:
        keras.utils.set_random_seed(seed)
        network = architectures.build(name, input_shape=(48, 48, 1), classes=7, **TINY[name])
        training = faces(21)
        if weight is not None:
            training = Faces(training.pixels, training.emotion, training.row, weight)
        chosen: Recipe = recipe(**RECIPES[name] | changes)
        last = fit(network, training, faces(14, seed=9), chosen, seed=11, snapshot=snapshot or Snapshot(),
                   after_epoch=after_epoch, callbacks=[])
        return network, last

    return run


@pytest.fixture(scope="module")
def plain(start) -> tuple[keras.Model, Snapshot]:
    """A tiny lenet5 after two epochs, last weights kept."""
    return start()


def assert_same_weights(one: keras.Model, other: keras.Model) -> None:
    assert_same(one.get_weights(), other.get_weights())


def assert_same(values: list[np.ndarray], others: list[np.ndarray]) -> None:
    for value, other in zip(values, others, strict=True):
        np.testing.assert_array_equal(value, other)


def fake_accuracies(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> None:
    """Give PublicTest these accuracies, epoch by epoch."""
    left = iter(accuracies)
    monkeypatch.setattr(keras.Sequential, "evaluate", lambda *_, **__: (1.0, next(left)))


@pytest.mark.parametrize(("name", "checkpoint"), [("lenet5", "last"), ("three_block_cnn", "best")])
def test_going_on_after_a_kill_gives_exactly_the_uninterrupted_training(start, name, checkpoint, tmp_path):
    file = tmp_path / "state.npz"

    def save_and_die(snapshot: Snapshot) -> None:
        np.savez(file, **snapshot.arrays())
        if len(snapshot.history) == 2:
            raise Killed("after epoch 2")

    whole, uninterrupted = start(name, epochs=4, checkpoint=checkpoint)
    with pytest.raises(Killed, match="after epoch 2"):
        start(name, epochs=4, checkpoint=checkpoint, after_epoch=save_and_die)
    with np.load(file) as arrays:
        state = Snapshot.of(dict(arrays))
    resumed, last = start(name, seed=99, epochs=4, checkpoint=checkpoint, snapshot=state)
    assert last.history == uninterrupted.history
    assert (last.best_epoch, last.best_accuracy) == (uninterrupted.best_epoch, uninterrupted.best_accuracy)
    assert_same_weights(resumed, whole)
    assert_same(last.variables, uninterrupted.variables)    # random states and the optimiser's too


def test_a_snapshot_comes_back_from_its_arrays(plain):
    _, last = plain
    again = Snapshot.of(last.arrays())
    assert (again.history, again.best_accuracy, again.best_epoch, again.seconds) == (
        last.history, last.best_accuracy, last.best_epoch, last.seconds)
    assert_same(again.variables, last.variables)
    assert_same(again.best_weights, last.best_weights)


def test_a_finished_snapshot_is_not_trained_further(start, plain):
    network, last = plain
    again, same = start(seed=99, snapshot=Snapshot.of(last.arrays()))
    assert same.history == last.history
    assert_same_weights(again, network)


def test_history_has_a_row_an_epoch_and_each_is_reported(start):
    seen: list[int] = []
    _, last = start(epochs=3, after_epoch=lambda snapshot: seen.append(len(snapshot.history)))
    assert seen == [row["epoch"] for row in last.history] == [1, 2, 3]
    assert set(last.history[0]) == {
        "epoch", "loss", "accuracy", "public_test_loss", "public_test_accuracy", "learning_rate"}
    assert last.history[-1]["learning_rate"] == pytest.approx(0.01)
    assert last.history[-1]["loss"] < last.history[0]["loss"]


def test_history_says_how_the_network_does_on_public_test(plain, faces):
    network, last = plain
    public_test = faces(14, seed=9)
    right = (np.asarray(network(as_input(public_test.pixels))).argmax(axis=1) == public_test.emotion).mean()
    assert last.history[-1]["public_test_accuracy"] == pytest.approx(right)


def test_each_epoch_shows_every_training_face_once_in_a_new_order(start, monkeypatch):
    shown: list[np.ndarray] = []
    original = keras.Sequential.fit

    def remember(trainer: keras.Model, pixels: np.ndarray, *rest: Any, **settings: Any) -> Any:
        shown.append(pixels.reshape(len(pixels), -1).sum(axis=1))
        return original(trainer, pixels, *rest, **settings)

    monkeypatch.setattr(keras.Sequential, "fit", remember)
    start(epochs=2)
    np.testing.assert_array_equal(np.sort(shown[0]), np.sort(shown[1]))
    assert not np.array_equal(shown[0], shown[1])


def test_training_stops_when_public_test_has_not_improved_for_the_patience(start, monkeypatch):
    fake_accuracies(monkeypatch, [0.2, 0.4, 0.4, 0.3, 0.9])
    _, last = start(epochs=5, early_stopping_patience=2)
    assert len(last.history) == 4
    assert (last.best_epoch, last.best_accuracy) == (2, 0.4)


def test_patience_counts_on_over_a_kill(start, monkeypatch):
    fake_accuracies(monkeypatch, [0.4, 0.3])
    _, killed = start(epochs=2, early_stopping_patience=2)
    fake_accuracies(monkeypatch, [0.3, 0.9])
    _, last = start(epochs=5, early_stopping_patience=2, snapshot=Snapshot.of(killed.arrays()))
    assert len(last.history) == 3


def test_the_checkpoint_kept_is_the_best_epoch_or_the_last(start, monkeypatch):
    after: list[list[np.ndarray]] = []
    fake_accuracies(monkeypatch, [0.2, 0.4, 0.3])
    best, snapshot = start(epochs=3, checkpoint="best", after_epoch=lambda snapshot: after.append(snapshot.variables))
    last, _ = start(epochs=3, checkpoint="last", snapshot=Snapshot.of(snapshot.arrays()))
    assert_same_weights(best, with_variables(best, after[1]))
    assert_same_weights(last, with_variables(last, after[2]))
    assert not np.array_equal(after[1][0], after[2][0])


def with_variables(network: keras.Model, variables: list[np.ndarray]) -> keras.Model:
    """A copy of a network whose weights are the first of a snapshot's variables."""
    copy = keras.models.clone_model(network)
    copy.set_weights(variables[:len(copy.weights)])
    return copy


def test_weights_of_faces_change_what_is_learnt(start, plain):
    weighted, _ = start(weight=np.linspace(0.5, 1.5, 21, dtype=np.float32))
    differences = [np.abs(one - other).max() for one, other in
                   zip(plain[0].get_weights(), weighted.get_weights(), strict=True)]
    assert max(differences) > 1e-4
