import keras
import numpy as np
import pytest
from scipy import ndimage

from fer_pipeline.data.faces import as_input
from fer_pipeline.recipes import Augmentation
from fer_pipeline.training.augmentation import RandomChanges

WARPS = [{"rotation_degrees": 30}, {"shear_degrees": 20}, {"zoom": 0.3}, {"shift": 0.2},
         {"rotation_degrees": 30, "shear_degrees": 20, "zoom": 0.3, "shift": 0.2, "horizontal_flip": True}]
CHANGES = [*WARPS, {"horizontal_flip": True}, {"brightness": 0.5}, {"contrast": 0.5}, {"erasing": 1},
           {**WARPS[-1], "brightness": 0.5, "contrast": 0.5, "erasing": 0.5}]
DRAWN = ("rotation", "shear", "mirror", "zoom_across", "zoom_down", "shift_across", "shift_down")   # in this order
MIDDLE = 23.5       # of 48 pixels


def changed(inputs: np.ndarray, seed: int = 1, **chosen: object) -> np.ndarray:
    return np.asarray(RandomChanges(Augmentation(**chosen), seed)(inputs))


@pytest.fixture
def inputs(faces) -> np.ndarray:
    pixels = faces(12).pixels
    pixels[0], pixels[1] = 0, 255
    return as_input(pixels)


@pytest.fixture
def draw(monkeypatch):
    """Sets what is drawn for the map, -1 to 1 each; what is not named is 0, and no face is mirrored."""

    def fix(**drawn: float) -> None:
        values = [drawn.get(name, 0.0) for name in DRAWN]
        monkeypatch.setattr(keras.random, "uniform", lambda shape, *_, **__: np.broadcast_to(
            np.array(values, np.float32)[:, np.newaxis], shape))

    return fix


def mapped(face: np.ndarray, matrix: np.ndarray, shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    """Scipy's picture in which a place, as (down, across) from the middle, shows what lay at `matrix` times it."""
    middle = np.array([MIDDLE, MIDDLE])
    return ndimage.affine_transform(face, matrix, middle + shift - matrix @ middle, order=1, mode="nearest")


def test_nothing_chosen_leaves_the_faces_alone(inputs):
    np.testing.assert_array_equal(changed(inputs), inputs)


@pytest.mark.parametrize("chosen", CHANGES)
def test_shape_type_and_range_of_grey_levels_are_kept(inputs, chosen):
    out = changed(inputs, **chosen)
    assert out.shape == inputs.shape
    assert out.dtype == np.float32
    assert out.min() >= 0
    assert out.max() <= 255.001
    assert not np.allclose(out, inputs, atol=1)


@pytest.mark.parametrize("chosen", WARPS)
def test_a_warp_leaves_black_black_and_white_white_to_the_border(inputs, chosen):
    np.testing.assert_allclose(changed(inputs, **chosen)[:2], inputs[:2], atol=1e-3)


@pytest.mark.parametrize("chosen", CHANGES)
def test_changes_are_seeded_drawn_anew_and_differ_from_face_to_face(inputs, chosen):
    same_face = np.broadcast_to(inputs[2], inputs.shape)
    one, same = (RandomChanges(Augmentation(**chosen), 1) for _ in range(2))
    first = np.asarray(one(same_face))
    np.testing.assert_array_equal(same(same_face), first)
    assert not np.allclose(changed(same_face, seed=2, **chosen), first)
    assert not np.allclose(one(same_face), first)
    assert len(np.unique(first.round(2), axis=0)) > 1


def test_the_variables_hold_all_that_the_next_draw_depends_on(inputs):
    one, other = (RandomChanges(Augmentation(**CHANGES[-1]), seed) for seed in (1, 2))
    one(inputs)
    assert len(one.variables) == 1
    other.variables[0].assign(one.variables[0])
    np.testing.assert_array_equal(other(inputs), one(inputs))


@pytest.mark.parametrize("warp", [{}, {"shift": 1e-9}])
def test_a_flip_mirrors_left_and_right_or_leaves_the_face(inputs, warp):
    out = changed(inputs, horizontal_flip=True, **warp)
    mirrored = [np.allclose(face, before[:, ::-1], atol=1e-3) for face, before in zip(out, inputs, strict=True)]
    kept = [np.allclose(face, before, atol=1e-3) for face, before in zip(out, inputs, strict=True)]
    assert all(np.logical_or(mirrored, kept))
    assert 2 <= sum(mirrored[2:]) <= 8


def test_a_flip_alone_interpolates_nothing(inputs):
    levels = np.sort(changed(inputs, horizontal_flip=True).ravel())
    np.testing.assert_array_equal(levels, np.sort(inputs.ravel()))


@pytest.mark.parametrize(("chosen", "drawn", "degrees"), [
    ({"rotation_degrees": 10}, 1, 10), ({"rotation_degrees": 10}, -1, -10), ({"rotation_degrees": 40}, 0.5, 20)])
def test_a_rotation_turns_about_the_middle_by_so_many_degrees(inputs, draw, chosen, drawn, degrees):
    draw(rotation=drawn)
    turned = [ndimage.rotate(face[..., 0], degrees, reshape=False, order=1, mode="nearest") for face in inputs]
    np.testing.assert_allclose(changed(inputs, **chosen)[..., 0], turned, atol=0.05)


@pytest.mark.parametrize(("drawn", "down", "across"), [
    ({"shift_across": 1}, 0, -4.8), ({"shift_down": 0.5}, -2.4, 0), ({"shift_across": -1, "shift_down": -1}, 4.8, 4.8)])
def test_a_shift_is_a_fraction_of_height_and_width(inputs, draw, drawn, down, across):
    draw(**drawn)
    shifted = [ndimage.shift(face[..., 0], (down, across), order=1, mode="nearest") for face in inputs]
    np.testing.assert_allclose(changed(inputs, shift=0.1)[..., 0], shifted, atol=0.05)


@pytest.mark.parametrize(("drawn", "down", "across"), [
    ({"zoom_across": 1}, 1, 1.2), ({"zoom_down": -1}, 0.8, 1), ({"zoom_across": -0.5, "zoom_down": 1}, 1.2, 0.9)])
def test_a_zoom_scales_height_and_width_about_the_middle(inputs, draw, drawn, down, across):
    draw(**drawn)
    zoomed = [mapped(face[..., 0], np.diag([down, across])) for face in inputs]
    np.testing.assert_allclose(changed(inputs, zoom=0.2)[..., 0], zoomed, atol=0.05)


def test_a_shear_slants_upright_lines_by_its_angle_and_leaves_rows_in_place(draw):
    draw(shear=1)
    upright = np.zeros((1, 48, 48, 1), np.float32)
    upright[0, :, 23:25] = 255
    slanted = changed(upright, shear_degrees=20)[0, ..., 0]
    place = (slanted @ np.arange(48)) / slanted.sum(axis=1) - MIDDLE
    np.testing.assert_allclose(np.abs(place), np.tan(np.radians(20)) * np.abs(np.arange(48) - MIDDLE), atol=0.01)


def test_a_warp_of_everything_is_one_map_interpolated_once(inputs, draw):
    draw(rotation=0.7, shear=-0.6, mirror=-1, zoom_across=0.5, zoom_down=-0.8, shift_across=0.9, shift_down=-0.4)
    cosine, sine = np.cos(np.radians(0.7 * 30)), np.sin(np.radians(0.7 * 30))
    turn, slant = np.array([[cosine, sine], [-sine, cosine]]), np.array([[1, 0], [-0.6 * np.tan(np.radians(20)), 1]])
    scale = np.diag([1 - 0.8 * 0.3, -(1 + 0.5 * 0.3)])      # down, across; minus: mirrored
    expected = [mapped(face[..., 0], turn @ slant @ scale, (-0.4 * 0.2 * 48, 0.9 * 0.2 * 48)) for face in inputs]
    np.testing.assert_allclose(changed(inputs, **WARPS[-1])[..., 0], expected, atol=0.05)


@pytest.mark.parametrize(("chosen", "low", "high"), [({"brightness": 0.2}, 100 - 51, 100 + 51),
                                                     ({"brightness": 1}, 0, 255)])
def test_brightness_adds_the_same_to_a_whole_face_and_stays_in_range(chosen, low, high):
    out = changed(np.full((300, 4, 4, 1), 100, np.float32), **chosen)
    assert np.ptp(out, axis=(1, 2)).max() < 1e-3
    assert low - 1e-3 <= out.min() <= low + 5
    assert high - 5 <= out.max() <= high + 1e-3


def test_contrast_scales_the_distance_from_the_mean_and_keeps_the_mean():
    faces = np.full((300, 4, 4, 1), 100, np.float32)
    faces[:, :2] = 140
    out = changed(faces, contrast=0.5)
    factor = (out[:, 0, 0, 0] - out[:, 3, 3, 0]) / 40
    np.testing.assert_allclose(out.mean(axis=(1, 2, 3)), 120, atol=1e-3)
    assert 0.5 <= factor.min() < 0.52
    assert 1.48 < factor.max() <= 1.5


@pytest.fixture(scope="module")
def painted() -> np.ndarray:
    """What erasing paints over 1,000 faces, `(1000, 48, 48)`; not a number where it paints nothing."""
    blank = np.full((1000, 48, 48, 1), -1, np.float32)
    out = changed(blank, erasing=1)[..., 0]
    return np.where(out == -1, np.nan, out)


def sides(face: np.ndarray) -> tuple[int, int]:
    """Height and width of what is painted over a face."""
    down, across = np.nonzero(~np.isnan(face))
    return np.ptp(down) + 1, np.ptp(across) + 1


def test_what_is_erased_is_one_rectangle_of_one_random_grey(painted):
    greys = [np.unique(face[~np.isnan(face)]) for face in painted]
    assert [len(grey) for grey in greys] == [1] * 1000
    assert [np.prod(sides(face)) for face in painted] == [(~np.isnan(face)).sum() for face in painted]
    assert 0 <= min(greys)[0] < 5
    assert 250 < max(greys)[0] <= 255


def test_erased_areas_and_shapes_are_those_of_its_source(painted):
    tall, wide = np.array([sides(face) for face in painted]).T
    assert ((tall + 1) * (wide + 1) >= 0.02 * 48 ** 2).all()        # a side may cover a pixel more or less
    assert ((tall - 1) * (wide - 1) <= 0.2 * 48 ** 2).all()
    assert (tall * wide).mean() == pytest.approx(0.11 * 48 ** 2, rel=0.03)
    assert np.exp(np.log(tall / wide).mean()) == pytest.approx(1, abs=0.05)     # tall as often as wide
    assert np.quantile(tall / wide, [0.02, 0.98]) == pytest.approx([0.3, 1 / 0.3], rel=0.1)


def test_erased_rectangles_lie_anywhere_up_to_each_border(painted):
    share = (~np.isnan(painted)).mean(axis=0)
    for border in (share[0], share[-1], share[:, 0], share[:, -1]):
        assert border.sum() == pytest.approx(0.25, abs=0.1)
    np.testing.assert_allclose(share[20:28, 20:28], 0.25, atol=0.08)


@pytest.mark.parametrize("probability", [0.1, 0.5])
def test_so_large_a_part_of_the_faces_is_erased(probability):
    blank = np.full((2000, 48, 48, 1), -1, np.float32)
    erased = (changed(blank, erasing=probability) != -1).any(axis=(1, 2, 3))
    assert erased.mean() == pytest.approx(probability, abs=0.03)


def test_the_rest_of_an_erased_face_stays_as_it_is(inputs):
    kept = changed(inputs, erasing=1) == inputs
    assert (kept.mean(axis=(1, 2, 3)) > 0.75).all()
