"""Faces show the action units of their emotion, more or less, and little else."""

import numpy as np
import pytest

from fer_pipeline.labels import EMOTIONS
from fer_pipeline.sample.action_units import CONTRADICTIONS, STRAY, UNITS, VARIANTS, sample_units
from fer_pipeline.sample.face import sample_face
from fer_pipeline.sample.mouth import lips, mouth_corner


def _units(emotion: str, faces: int = 300) -> np.ndarray:
    return np.stack([sample_units(emotion, np.random.default_rng([1, face])) for face in range(faces)])


def test_every_emotion_has_action_units() -> None:
    assert sorted(VARIANTS) == sorted(EMOTIONS)


def test_intensities_are_one_a_unit_and_side() -> None:
    units = _units("happy")
    assert units.shape == (300, 2, UNITS)
    assert units.min() == 0.0
    assert units.max() <= 1.3


@pytest.mark.parametrize("emotion", [name for name in EMOTIONS if name != "neutral"])
def test_units_of_the_emotion_are_stronger_than_strays(emotion: str) -> None:
    mean = _units(emotion).mean(axis=(0, 1))
    shown = set.intersection(*map(set, VARIANTS[emotion]))
    never = set(range(UNITS)) - set().union(*VARIANTS[emotion])
    assert shown
    assert min(mean[unit] for unit in shown) > 0.6
    assert max(mean[unit] for unit in never) < 0.1


def test_neutral_faces_move_little() -> None:
    assert _units("neutral").max() < 1.6 * STRAY


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_lips_are_not_pressed_and_parted_at_once(emotion: str) -> None:
    units = _units(emotion)
    for pressed, parted in CONTRADICTIONS:
        assert not (units[..., pressed] * units[..., parted]).any()


def test_unknown_emotion_names_the_choices() -> None:
    with pytest.raises(ValueError, match="'joy' has no action units. Allowed: angry, disgust"):
        sample_units("joy", np.random.default_rng(1))


def test_smiles_lift_and_sadness_drops_the_corners_of_the_mouth() -> None:
    def corner_below_middle(emotion: str) -> float:
        faces = [sample_face(emotion, np.random.default_rng([2, face])) for face in range(40)]
        return float(np.mean([mouth_corner(face, 0, -1.0)[1] - lips(face).upper_inner[12, 1] for face in faces]))

    assert corner_below_middle("happy") < -1.0 < 1.0 < corner_below_middle("sad")


def test_surprised_mouths_open_wider_than_angry_ones() -> None:
    def gap(emotion: str) -> float:
        return float(np.mean([lips(sample_face(emotion, np.random.default_rng([3, face]))).gap for face in range(40)]))

    assert gap("surprise") > 2.0 * gap("angry")
