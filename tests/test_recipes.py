import pytest
from pydantic import ValidationError

from fer_pipeline.recipes import Augmentation, Constant, Recipe, Section, TestTime

SGD = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}
PLATEAU = {"name": "plateau", "monitor": "public_test_loss", "factor": 0.5, "patience": 3}


def sections(kind: type[Section] = Section) -> list[type[Section]]:
    return [kind, *(one for below in kind.__subclasses__() for one in sections(below))]


def test_what_a_recipe_leaves_out_is_off(recipe):
    plain = recipe()
    assert (plain.weights, plain.hyperparameters, plain.steps_per_epoch) == (None, {}, None)
    assert (plain.schedule, plain.augmentation, plain.test_time) == (Constant(), Augmentation(), TestTime())
    assert (plain.weight_average, plain.early_stopping) == (None, None)
    assert (plain.class_weights, plain.label_smoothing) == (False, 0)
    assert (plain.optimizer.weight_decay, plain.optimizer.clip_norm) == (0, None)
    assert not any(plain.augmentation.model_dump().values())
    assert plain.test_time.views == 1


def test_what_only_a_named_variant_has_is_off_too(recipe):
    assert recipe(optimizer=SGD).optimizer.nesterov is False
    cosine, plateau = recipe(schedule={"name": "cosine"}).schedule, recipe(schedule=PLATEAU).schedule
    assert (cosine.warmup_epochs, cosine.final, plateau.min_delta, plateau.floor) == (0, 0, 0, 0)


@pytest.mark.parametrize("key", ["architecture", "recipe", "epochs", "batch_size", "optimizer", "checkpoint"])
def test_what_every_training_needs_has_no_default(recipe, key):
    content = recipe().model_dump() | {}
    del content[key]
    with pytest.raises(ValidationError, match=rf"{key}\n +Field required"):
        Recipe.model_validate(content)


@pytest.mark.parametrize(("test_time", "views"), [
    ({}, 1), ({"horizontal_flip": True}, 2), ({"shift_pixels": 1}, 5),
    ({"horizontal_flip": True, "shift_pixels": 4}, 10)])
def test_views_are_counted(test_time, views):
    assert TestTime(**test_time).views == views


def test_a_recipe_cannot_be_changed(recipe):
    with pytest.raises(ValidationError, match="frozen"):
        recipe().epochs = 3
    with pytest.raises(ValidationError, match="frozen"):
        recipe().optimizer.learning_rate = 3


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_section_refuses_keys_it_does_not_know_and_cannot_be_changed(section):
    assert section.model_config["extra"] == "forbid"
    assert section.model_config["frozen"] is True


@pytest.mark.parametrize("changes", [
    {"recipe": "As published"}, {"weights": "imagenet21k"}, {"epochs": 0}, {"epochs": 1.5}, {"steps_per_epoch": 0},
    {"batch_size": 0}, {"optimizer": SGD | {"learning_rate": 0}}, {"optimizer": SGD | {"momentum": 1}},
    {"optimizer": SGD | {"weight_decay": -1}}, {"optimizer": SGD | {"clip_norm": 0}},
    {"schedule": PLATEAU | {"factor": 1}}, {"schedule": PLATEAU | {"patience": 0}},
    {"schedule": PLATEAU | {"monitor": "loss"}}, {"schedule": {"name": "cosine", "final": 1.1}},
    {"schedule": {"name": "cosine", "warmup_epochs": -1}}, {"label_smoothing": 1},
    {"augmentation": {"rotation_degrees": -1}}, {"augmentation": {"zoom": 1}}, {"augmentation": {"shift": 1}},
    {"augmentation": {"shear_degrees": 45}}, {"augmentation": {"brightness": 1.1}}, {"augmentation": {"contrast": 1}},
    {"augmentation": {"erasing": 1.1}}, {"augmentation": {"mixup": -0.1}}, {"augmentation": {"cutmix": -0.1}},
    {"weight_average": 1}, {"weight_average": 0}, {"checkpoint": {"keep": "first"}},
    {"checkpoint": {"keep": "best", "monitor": "private_test_accuracy"}},
    {"early_stopping": {"monitor": "public_test_loss", "patience": 0}}, {"test_time": {"shift_pixels": 24}},
], ids=str)
def test_impossible_values_are_refused(recipe, changes):
    with pytest.raises(ValidationError, match="1 validation error for Recipe"):
        recipe(**changes)


def test_a_plateau_that_ends_above_its_start_is_refused(recipe):
    with pytest.raises(ValidationError, match=r"schedule\.floor 0\.1 is above optimizer\.learning_rate 0\.01"):
        recipe(schedule={"name": "plateau", "monitor": "public_test_loss", "factor": 0.5, "patience": 2, "floor": 0.1})
