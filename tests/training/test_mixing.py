import numpy as np
import pytest

from fer_pipeline.training.mixing import Mixing


@pytest.fixture
def inputs(faces) -> np.ndarray:
    """64 faces that differ from their neighbours in every pixel: even levels and odd ones in turn."""
    levels = faces(64).pixels // 2 * 2 + np.arange(64)[:, np.newaxis, np.newaxis] % 2
    return levels[..., np.newaxis].astype(np.float32)


@pytest.fixture
def targets() -> np.ndarray:
    return np.random.default_rng(3).random((64, 7)).astype(np.float32)


def mixed(layer: Mixing, inputs: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    faces, wanted = layer(inputs, targets)
    return np.asarray(faces), np.asarray(wanted)


def own_parts(faces: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """What each pixel has of its own face, `(batch, 48, 48)`; the rest is the neighbour's."""
    neighbours = np.roll(inputs, 1, axis=0)
    return ((faces - neighbours) / (inputs - neighbours))[..., 0]


def is_cut(own: np.ndarray) -> bool:
    return bool((np.isclose(own, 0, atol=1e-3) | np.isclose(own, 1, atol=1e-3)).all())


def is_blend(own: np.ndarray) -> bool:
    return bool(np.ptp(own, axis=(1, 2)).max() < 1e-3)


def assert_targets_keep(wanted: np.ndarray, targets: np.ndarray, own: np.ndarray) -> None:
    kept = own.mean(axis=(1, 2))[:, np.newaxis]
    np.testing.assert_allclose(wanted, kept * targets + (1 - kept) * np.roll(targets, 1, axis=0), atol=1e-4)


def test_mixup_blends_a_face_and_its_target_with_its_neighbours_by_the_same_part(inputs, targets):
    faces, wanted = mixed(Mixing(1.0, 0.0, seed=4), inputs, targets)
    own = own_parts(faces, inputs)
    assert is_blend(own)
    assert -1e-3 <= own.min() < 0.1
    assert 0.9 < own.max() <= 1 + 1e-3
    assert own[:, 0, 0].std() > 0.1     # each face by its own part
    assert_targets_keep(wanted, targets, own)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_parts_of_mixup_follow_the_beta_distribution_of_alpha(alpha):
    black_and_white = np.tile(np.array([0, 255], np.float32), 2000).reshape(-1, 1, 1, 1)
    faces, _ = mixed(Mixing(alpha, 0.0, seed=4), black_and_white, np.ones((4000, 7), np.float32))
    own = own_parts(faces, black_and_white)
    assert own.mean() == pytest.approx(0.5, abs=0.03)
    assert own.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_cutmix_puts_a_rectangle_of_the_neighbour_in_and_gives_its_area_to_the_neighbours_target(inputs, targets):
    faces, wanted = mixed(Mixing(0.0, 1.0, seed=4), inputs, targets)
    own = own_parts(faces, inputs)
    assert is_cut(own)
    for taken in own < 0.5:
        rows, columns = np.flatnonzero(taken.any(axis=1)), np.flatnonzero(taken.any(axis=0))
        assert taken.sum() == len(rows) * len(columns)
        assert not len(rows) or (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) == (len(rows), len(columns))
    assert_targets_keep(wanted, targets, own)


def test_rectangles_of_cutmix_lie_anywhere_with_areas_of_the_beta_distribution(inputs, targets):
    layer = Mixing(0.0, 1.0, seed=4)
    taken = np.concatenate([own_parts(mixed(layer, inputs, targets)[0], inputs) < 0.5 for _ in range(20)])
    inside = taken[~taken[:, [0, -1]].any(axis=(1, 2)) & ~taken[:, :, [0, -1]].any(axis=(1, 2))]
    rows, columns = inside.any(axis=2).sum(axis=1), inside.any(axis=1).sum(axis=1)
    assert np.abs(rows - columns).max() <= 1        # a square as long as no border cuts it
    assert taken.mean(axis=0).min() > 0.05
    assert taken.mean() == pytest.approx(0.320, abs=0.02)   # what borders leave of one half, by simulation
    assert np.quantile(taken.mean(axis=(1, 2)), [0.02, 0.98]) == pytest.approx([0.017, 0.746], abs=0.03)


@pytest.mark.parametrize(("mixup", "cutmix"), [(0.4, 0.0), (0.0, 1.0), (0.4, 1.0)])
def test_sums_of_targets_and_the_range_of_grey_levels_are_kept(inputs, targets, mixup, cutmix):
    shares = targets / targets.sum(axis=1, keepdims=True)
    faces, wanted = mixed(Mixing(mixup, cutmix, seed=4), inputs, shares)
    np.testing.assert_allclose(wanted.sum(axis=1), 1, atol=1e-5)
    assert faces.shape == inputs.shape
    assert faces.min() >= 0
    assert faces.max() <= 255


def test_with_both_a_batch_is_blended_or_cut_by_a_fair_coin(inputs, targets):
    layer = Mixing(1.0, 1.0, seed=4)
    blended = []
    for _ in range(40):
        faces, wanted = mixed(layer, inputs, targets)
        own = own_parts(faces, inputs)
        assert is_blend(own) != is_cut(own)
        blended.append(is_blend(own))
        assert_targets_keep(wanted, targets, own)
    assert 10 <= sum(blended) <= 30


def test_mixing_is_seeded_drawn_anew_and_its_variables_hold_the_state(inputs, targets):
    one, same, other = (Mixing(0.4, 1.0, seed) for seed in (4, 4, 5))
    first = mixed(one, inputs, targets)
    np.testing.assert_array_equal(mixed(same, inputs, targets)[0], first[0])
    assert not np.allclose(mixed(other, inputs, targets)[0], first[0])
    assert len(one.variables) == 1
    other.variables[0].assign(one.variables[0])
    again = mixed(one, inputs, targets)
    assert not np.allclose(again[0], first[0])
    np.testing.assert_array_equal(mixed(other, inputs, targets)[0], again[0])
