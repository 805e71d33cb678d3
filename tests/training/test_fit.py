import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import pytest

from fer_pipeline.data.faces import Faces, as_input
from fer_pipeline.errors import InputError
from fer_pipeline.training import fit as fit_module
from fer_pipeline.training import trainer as trainer_module
from fer_pipeline.training.fit import fit
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.targets import SoftTargets
from fer_pipeline.training.trainer import Trainer

from .conftest import assert_same

BY_LOSS = {"monitor": "public_test_loss", "patience": 2}
EVERYTHING = {
    "architecture": "three_block_cnn", "epochs": 3, "class_weights": True, "label_smoothing": 0.1,
    "weight_average": 0.8,
    "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01,
                  "clip_norm": 1.0},
    "schedule": {"name": "cosine", "warmup_epochs": 1, "final": 0.1},
    "augmentation": {"horizontal_flip": True, "rotation_degrees": 10, "shear_degrees": 5, "zoom": 0.1, "shift": 0.1,
                     "brightness": 0.1, "contrast": 0.2, "erasing": 0.5, "mixup": 0.4, "cutmix": 1.0},
    "checkpoint": {"keep": "best", "monitor": "public_test_loss"},
}
SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
COSINE = {"name": "cosine", "warmup_epochs": 1}


@dataclass
class Run:
    """A training, and its snapshot after each epoch as a file would hold it."""

    network: keras.Model = None
    last: Snapshot = None
    files: list[bytes] = field(default_factory=list)

    def keep(self, snapshot: Snapshot) -> None:
        file = io.BytesIO()
        np.savez(file, **snapshot.arrays())
        self.files.append(file.getvalue())

    def after(self, epoch: int) -> Snapshot:
        with np.load(io.BytesIO(self.files[epoch - 1])) as arrays:
            return Snapshot.of(dict(arrays))


@pytest.fixture(scope="module")
def run(start) -> Callable[..., Run]:
    """Fits as `start` does and keeps every snapshot."""

    def fitted(**changes: Any) -> Run:
        run = Run()
        run.network, run.last = start(after_epoch=run.keep, **changes)
        return run

    return fitted


@pytest.fixture(scope="module")
def plain(run) -> Run:
    """Three epochs of Adam, last weights kept."""
    return run(epochs=3)


@pytest.fixture(scope="module")
def everything(run) -> Run:
    """Three epochs of all that a recipe can ask for."""
    return run(**EVERYTHING)


@pytest.fixture
def public_test(monkeypatch):
    """Gives PublicTest these figures, epoch by epoch, as loss and accuracy alike."""

    def fake(*figures: float) -> None:
        left = iter(figures)
        monkeypatch.setattr(fit_module, "_on_public_test", lambda *_: (next(left),) * 2)

    return fake


def assert_as_uninterrupted(resumed: Run, whole: Run) -> None:
    assert resumed.last.history == whole.last.history
    assert (resumed.last.best_epoch, resumed.last.passes) == (whole.last.best_epoch, whole.last.passes)
    assert_same(resumed.network.get_weights(), whole.network.get_weights())
    assert_same(resumed.last.variables, whole.last.variables)       # random states and the optimiser's too
    assert_same(resumed.last.best_weights, whole.last.best_weights)


def test_going_on_after_a_kill_gives_exactly_the_uninterrupted_training(run, plain):
    assert_as_uninterrupted(run(epochs=3, built_with=99, snapshot=plain.after(2)), plain)


def test_so_it_does_with_everything_a_recipe_can_ask_for(run, everything):
    assert_as_uninterrupted(run(**EVERYTHING, built_with=99, snapshot=everything.after(1)), everything)


def test_so_it_does_with_balanced_batches(run, faces):
    settings = {"epochs": 3, "training": replace(faces(emotion=[3] * 15 + [0] * 5 + [1]), balanced_batches=True)}
    whole = run(**settings)
    assert_as_uninterrupted(run(**settings, built_with=99, snapshot=whole.after(2)), whole)
    unmarked = run(**settings | {"training": replace(settings["training"], balanced_batches=False)})
    assert unmarked.last.history != whole.last.history


def test_so_it_does_with_a_plateau_and_early_stopping(run, public_test):
    figures = [0.5, 0.4, 0.41, 0.42, 0.39, 0.38]
    plateau = {"name": "plateau", "monitor": "public_test_loss", "factor": 0.5, "patience": 1}
    settings = {"epochs": 6, "schedule": plateau, "early_stopping": BY_LOSS, "checkpoint": EVERYTHING["checkpoint"]}
    public_test(*figures)
    whole = run(**settings)
    public_test(*figures[3:])
    resumed = run(**settings, built_with=99, snapshot=whole.after(3))
    assert_as_uninterrupted(resumed, whole)
    assert [row["learning_rate"] for row in whole.last.history] == pytest.approx([0.01, 0.01, 0.01, 0.005])
    assert whole.last.best_epoch == 2


def test_so_it_does_in_several_passes_that_do_not_fill_the_last_step(run, faces):
    split = {"epochs": 2, "training": faces(20), "schedule": COSINE}     # of 8 in 2 passes of 4: 2 steps and a half
    whole = run(**split, snapshot=Snapshot(passes=2))
    assert_as_uninterrupted(run(**split, built_with=99, snapshot=whole.after(1)), whole)


def test_another_seed_gives_other_weights(run, plain):
    weights = slice(0, len(plain.network.weights))
    found, usual = run(epochs=1, seed=12).after(1).variables[weights], plain.after(1).variables[weights]
    assert not any(map(np.array_equal, found, usual))


def test_equal_seeds_give_equal_bytes_whatever_the_number_of_steps_in_one_execution(run, everything, monkeypatch):
    monkeypatch.setattr(trainer_module, "STEPS_PER_EXECUTION", 1)
    assert_as_uninterrupted(run(**EVERYTHING), everything)


def test_snapshots_hold_values_of_their_epoch_alone(plain, everything):
    for whole in (plain, everything):
        assert [len(whole.after(epoch).history) for epoch in (1, 2, 3)] == [1, 2, 3]
        assert not np.array_equal(whole.after(1).variables[0], whole.after(2).variables[0])


def test_a_snapshot_comes_back_from_its_file(everything):
    again, last = everything.after(3), everything.last
    assert (again.history, again.best_epoch, again.passes, again.seconds) == (
        last.history, last.best_epoch, last.passes, last.seconds)
    assert_same(again.variables, last.variables)
    assert_same(again.best_weights, last.best_weights)
    assert again.best == last.history[last.best_epoch - 1]
    assert [value.dtype for value in again.variables] == [value.dtype for value in last.variables]


def test_a_finished_snapshot_is_not_trained_further(run, plain):
    again = run(epochs=3, built_with=99, snapshot=plain.after(3))
    assert again.files == []
    assert_as_uninterrupted(again, plain)


def test_a_snapshot_of_a_training_that_stopped_early_is_not_trained_further(run, public_test):
    settings = {"epochs": 9, "early_stopping": BY_LOSS}
    public_test(0.5, 0.6, 0.6, 0.4)
    whole = run(**settings)
    again = run(**settings, built_with=99, snapshot=whole.after(3))
    assert again.files == []
    assert_as_uninterrupted(again, whole)


def test_history_has_a_row_an_epoch(plain, everything):
    for whole in (plain, everything):
        assert [row["epoch"] for row in whole.last.history] == [1, 2, 3]
        assert {tuple(row) for row in whole.last.history} == {
            ("epoch", "loss", "accuracy", "public_test_loss", "public_test_accuracy", "learning_rate")}
        assert whole.last.seconds > 0
    assert [row["learning_rate"] for row in plain.last.history] == pytest.approx([0.01] * 3)
    assert [row["learning_rate"] for row in everything.last.history] == pytest.approx([0.05, 0.0275, 0.005])


def test_loss_and_accuracy_of_training_are_means_over_its_faces(start, faces):
    network, last = start(epochs=1, optimizer={"name": "sgd", "learning_rate": 1e-12, "momentum": 0})
    training = faces(21)
    said = np.asarray(network(as_input(training.pixels)))
    of_truth = said[np.arange(21), training.emotion]
    assert last.history[0]["loss"] == pytest.approx(-np.log(of_truth).mean(), rel=1e-5)
    assert last.history[0]["accuracy"] == pytest.approx((said.argmax(axis=1) == training.emotion).mean())


def test_public_test_figures_are_those_of_the_weights_that_are_kept(plain, everything, faces):
    public_test, best = faces(14, seed=9), everything.last.best
    assert best["public_test_loss"] == min(row["public_test_loss"] for row in everything.last.history)
    for network, row in ((plain.network, plain.last.history[-1]), (everything.network, best)):
        said = np.asarray(network(as_input(public_test.pixels)))
        of_truth = said[np.arange(14), public_test.emotion]
        assert row["public_test_loss"] == pytest.approx(-np.log(of_truth).mean(), rel=1e-5)
        assert row["public_test_accuracy"] == pytest.approx((said.argmax(axis=1) == public_test.emotion).mean())


def test_an_average_is_kept_while_the_training_goes_on_with_the_weights_themselves(run, tiny):
    averaged = run(epochs=4, batch_size=32, weight_average=0.25)      # a step an epoch
    expected, number = tiny().get_weights(), len(averaged.network.weights)
    before_each_step = [expected, *(averaged.after(epoch).variables[:number] for epoch in (1, 2, 3))]
    for step, weights in enumerate(before_each_step, start=1):
        decay = min(0.25, (1 + step) / (10 + step))
        expected = [decay * old + (1 - decay) * new for old, new in zip(expected, weights, strict=True)]
    for kept, wanted, trained in zip(averaged.network.get_weights(), expected, averaged.last.variables, strict=False):
        np.testing.assert_allclose(kept, wanted, atol=1e-6)
        assert not np.allclose(kept, trained, atol=1e-5)


def test_the_checkpoint_kept_is_the_best_epoch_or_the_last(run, public_test):
    public_test(0.2, 0.4, 0.3)
    best = run(epochs=3, checkpoint={"keep": "best"})
    last = run(epochs=3, checkpoint={"keep": "last"}, snapshot=best.after(3))
    number = len(best.network.weights)
    assert best.last.best_epoch == 2
    assert_same(best.network.get_weights(), best.after(2).variables[:number])
    assert_same(last.network.get_weights(), best.after(3).variables[:number])
    assert not np.array_equal(best.after(2).variables[0], best.after(3).variables[0])


def test_the_best_epoch_is_the_first_best_by_the_checkpoints_monitor(start, public_test):
    public_test(0.4, 0.2, 0.2, 0.4)
    _, last = start(epochs=4, checkpoint={"keep": "best", "monitor": "public_test_loss"})
    assert last.best_epoch == 2


def test_fit_shows_each_epoch_in_its_order(start, monkeypatch):
    shown: list[np.ndarray] = []
    original = Trainer.show

    def remember(trainer: Trainer, positions: np.ndarray, **settings: Any) -> Any:
        shown.append(positions)
        return original(trainer, positions, **settings)

    monkeypatch.setattr(Trainer, "show", remember)
    start(epochs=2)
    assert [sorted(order) for order in shown] == [list(range(21))] * 2
    assert list(shown[0]) != list(shown[1])


def test_a_face_of_weight_zero_teaches_nothing(start, faces, plain):
    training = faces(21)
    weight, pixels = np.ones(21, np.float32), training.pixels.copy()
    weight[4], pixels[4] = 0, 255
    without, other = (start(epochs=1, training=Faces(one, training.emotion, training.row, weight))[0].get_weights()
                      for one in (training.pixels, pixels))
    assert_same(without, other)
    assert not np.allclose(without[0], plain.after(1).variables[0], atol=1e-4)


def test_a_network_that_is_surely_wrong_learns_as_fast_as_it_should(tiny, faces, recipe):
    network = tiny()
    network.layers[-1].bias.assign([60, 0, 0, 0, 0, 0, 0])      # the other emotions' probabilities are below 1e-20
    one_step = recipe(epochs=1, batch_size=32, optimizer={"name": "sgd", "learning_rate": 1, "momentum": 0})
    fit(network, faces(21), faces(14), one_step, seed=1, snapshot=Snapshot(), after_epoch=lambda _: None, callbacks=[])
    np.testing.assert_allclose(network.layers[-1].bias, [60 - 6 / 7, *[1 / 7] * 6], atol=1e-3)


def test_a_learning_rate_far_too_high_is_named_with_its_epoch(start):
    with pytest.raises(InputError, match=r"became (nan|inf) in epoch 1, at learning rate 1e\+20\. Lower optimizer\."):
        start(optimizer={"name": "sgd", "learning_rate": 1e20, "momentum": 0.9})


class ResourceExhaustedError(Exception):
    """Stands for TensorFlow's."""


class Burst(keras.callbacks.Callback):
    """Raises an error in the midst of an epoch, after some steps."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        raise self._error


@pytest.fixture
def memory_for(monkeypatch):
    """Lets no more than so many faces into the device's memory at once, from the given call of Trainer.show on."""

    def limit(number: int, error: Exception, *, from_call: int = 1) -> None:
        original, calls = Trainer.show, iter(range(1, 100))

        def tight(trainer: Trainer, positions: np.ndarray, **settings: Any) -> Any:
            if next(calls) >= from_call and trainer.batch_size > number:
                settings["callbacks"] = [Burst(error)]
            return original(trainer, positions, **settings)

        monkeypatch.setattr(Trainer, "show", tight)

    return limit


def test_out_of_memory_goes_on_with_half_the_faces_at_once_and_learns_the_same(start, faces, memory_for, capsys):
    plain = {"epochs": 1, "training": faces(16), "optimizer": SGD | {"weight_decay": 0.1, "clip_norm": 0.5}}
    whole, uninterrupted = start(**plain)
    memory_for(4, ResourceExhaustedError("OOM when allocating tensor"))
    split, last = start(**plain)
    assert last.passes == 2
    assert capsys.readouterr().out == (
        "Out of memory with 8 faces at once. Going on with 4 and a step every 2 passes: a batch stays 8; "
        "batch normalisation sees 4.\n")
    for one, other in zip(split.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert last.history[0] == pytest.approx(uninterrupted.history[0], abs=1e-5)


@pytest.mark.parametrize("fits", [4, 2])
def test_out_of_memory_in_a_later_epoch_goes_on_from_the_epoch_before(start, faces, memory_for, fits):
    schedule = {"name": "cosine", "final": 0.99}
    settings = {"epochs": 2, "training": faces(24), "schedule": schedule, "weight_average": 0.5}    # 3 steps an epoch
    whole, uninterrupted = start(**settings)
    memory_for(fits, ResourceExhaustedError("OOM"), from_call=2)
    split, last = start(**settings)
    assert last.history[0] == uninterrupted.history[0]
    assert last.history[1] == pytest.approx(uninterrupted.history[1], rel=1e-5)
    for one, other in zip(split.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_teacher_is_learnt_from_in_several_passes_too(start, faces, memory_for):
    made = faces(16)
    plain = {"epochs": 1, "training": made, "optimizer": SGD}
    taught = plain | {"soft": SoftTargets(np.eye(7, dtype=np.float32)[(made.emotion + 2) % 7], 0.8)}
    alone, whole = start(**plain)[0].get_weights(), start(**taught)[0].get_weights()
    memory_for(4, ResourceExhaustedError("OOM"))
    split, last = start(**taught)
    assert last.passes == 2
    for one, other in zip(split.get_weights(), whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert max(np.abs(one - other).max() for one, other in zip(whole, alone, strict=True)) > 1e-3


def test_an_average_is_the_same_in_several_passes(start, faces):
    settings = {"epochs": 2, "training": faces(16), "optimizer": SGD, "weight_average": 0.9}
    whole, split = (start(**settings, snapshot=Snapshot(passes=passes))[0].get_weights() for passes in (1, 2))
    for one, other in zip(split, whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_precise_batch_norm_changes_the_kept_statistics_alone(start):
    settings = {"architecture": "three_block_cnn", "epochs": 1, "weight_average": 0.8}
    moving, precise = (start(**settings, precise_batch_norm=one)[0] for one in (False, True))
    assert_same(precise.trainable_weights, moving.trainable_weights)
    statistics = [[weight for weight in network.non_trainable_weights if "moving" in weight.path]
                  for network in (moving, precise)]
    assert statistics[0]
    assert not any(map(np.array_equal, *statistics))


def test_memory_is_halved_until_one_face_does_not_fit(start, memory_for, capsys):
    memory_for(0, RuntimeError("RESOURCE_EXHAUSTED: not even one face"))     # as JAX says it
    with pytest.raises(RuntimeError, match="not even one face"):
        start()
    assert re.findall(r"Out of memory with (\d) faces at once", capsys.readouterr().out) == ["8", "4", "2"]


def test_any_other_error_ends_the_training(start, memory_for, capsys):
    memory_for(0, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        start()
    assert capsys.readouterr().out == ""
