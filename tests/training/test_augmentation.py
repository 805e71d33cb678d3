import keras
import numpy as np
import pytest

from fer_pipeline.data.faces import as_input
from fer_pipeline.params import Augmentation
from fer_pipeline.training.augmentation import build_augmentation

OFF = {"horizontal_flip": False, "zoom": 0.0, "shear_degrees": 0.0}
EACH = [{"horizontal_flip": True}, {"zoom": 0.3}, {"shear_degrees": 20.0},
        {"horizontal_flip": True, "zoom": 0.3, "shear_degrees": 20.0}]


def layers(seed: int = 1, **changes: object) -> keras.Sequential:
    return keras.Sequential([keras.Input((48, 48, 1)), *build_augmentation(Augmentation(**OFF | changes), seed)])


@pytest.fixture
def inputs(faces) -> np.ndarray:
    pixels = faces(8).pixels
    pixels[0], pixels[1] = 0, 255
    return as_input(pixels)


def test_nothing_chosen_gives_no_layers():
    assert build_augmentation(Augmentation(**OFF), 1) == []


@pytest.mark.parametrize("changes", EACH)
def test_faces_are_changed_in_training_alone(inputs, changes):
    network = layers(**changes)
    np.testing.assert_array_equal(network(inputs, training=False), inputs)
    assert not np.allclose(network(inputs, training=True), inputs)


@pytest.mark.parametrize("changes", EACH)
def test_shape_and_range_of_grey_levels_are_kept(inputs, changes):
    changed = np.asarray(layers(**changes)(inputs, training=True))
    assert changed.shape == inputs.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 255 + 1e-3
    np.testing.assert_allclose(changed[:2], inputs[:2], atol=1e-3)      # black stays black, white stays white


def test_a_flip_mirrors_left_and_right_or_leaves_the_face(inputs):
    changed = np.asarray(layers(horizontal_flip=True)(inputs, training=True))
    mirrored = [np.array_equal(face, before[:, ::-1]) for face, before in zip(changed, inputs, strict=True)]
    kept = [np.array_equal(face, before) for face, before in zip(changed, inputs, strict=True)]
    assert all(np.logical_or(mirrored, kept))
    assert any(mirrored[2:])
    assert any(kept[2:])


def test_changes_are_seeded_and_drawn_anew(inputs):
    one, same, other = (layers(seed, zoom=0.3) for seed in (1, 1, 2))
    first = np.asarray(one(inputs, training=True))
    np.testing.assert_array_equal(same(inputs, training=True), first)
    assert not np.allclose(other(inputs, training=True), first)
    assert not np.allclose(one(inputs, training=True), first)
