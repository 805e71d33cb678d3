"""Who a drawn face is, how it is held and lit: the sources of variation that have nothing to do with the emotion.

Lengths are pixels of the 48-pixel face; the origin is the middle of the face, x to the right, y downwards.
Tones are grey levels, 0 to 255. Angles are radians.
"""

from dataclasses import dataclass

import numpy as np

EYE_Y = -5.0


@dataclass(frozen=True)
class Identity:
    """Shape and colour of one person's face without hair.

    `age`, `beard` and `moustache` are shares, 0 to 1; `glasses` is the width of the rim, 0 without; `lip_shade` is the
    share of the skin's tone that the lips have.
    """

    head_width: float
    jaw_width: float
    chin_width: float
    chin_y: float
    eye_x: float
    eye_width: float
    eye_opening: float
    eye_slant: float
    iris_tone: float
    brow_thickness: float
    brow_height: float
    brow_arch: float
    nose_y: float
    nose_width: float
    nose_height: float
    mouth_y: float
    mouth_width: float
    lip_fullness: float
    lip_shade: float
    skin_tone: float
    age: float
    beard: float
    moustache: float
    glasses: float


@dataclass(frozen=True)
class Hair:
    """Hair of one person: where it starts, how far it hangs, how it is parted."""

    tone: float
    hairline_y: float
    temple_y: float
    side_length_y: float
    side_width: float
    parting: float
    roughness: float


@dataclass(frozen=True)
class Pose:
    """How the head is held in the frame; `gaze` moves the irises."""

    yaw: float
    pitch: float
    roll: float
    scale: float
    offset: tuple[float, float]
    gaze: tuple[float, float]


@dataclass(frozen=True)
class Light:
    """Where light comes from, and what the camera makes of it.

    `direction` is a unit vector from the face to the lamp, z towards the viewer; `ambient` a share, 0 to 1;
    `brightness` the mean grey level the camera aims at; `blur` (face pixels) and `noise` are standard deviations.
    """

    direction: tuple[float, float, float]
    ambient: float
    brightness: float
    gamma: float
    blur: float
    noise: float
    background: float
    clothes: float


def sample_identity(rng: np.random.Generator) -> Identity:
    """One person, from a child to an old man; `masculine` and `age` couple what goes together."""
    masculine, age = rng.random(), rng.random() ** 1.5
    skin = _skin_tone(rng)
    bearded = masculine > 0.6
    return Identity(
        head_width=rng.uniform(17.8, 20.2),
        jaw_width=rng.uniform(12.2, 14.2) + 1.6 * masculine,
        chin_width=rng.uniform(4.4, 6.0) + 1.4 * masculine,
        chin_y=rng.uniform(21.2, 24.0),
        eye_x=rng.uniform(8.6, 9.8),
        eye_width=rng.uniform(3.9, 4.9) - 0.3 * masculine,
        eye_opening=rng.uniform(1.5, 2.3) - 0.2 * age,
        eye_slant=rng.uniform(-0.5, 0.7),
        iris_tone=rng.choice([25.0, 35.0, 60.0, 95.0], p=[0.35, 0.3, 0.2, 0.15]),
        brow_thickness=rng.uniform(0.55, 0.95) + 0.55 * masculine,
        brow_height=rng.uniform(4.7, 6.1) - 0.5 * masculine,
        brow_arch=rng.uniform(0.2, 1.3) - 0.3 * masculine,
        nose_y=rng.uniform(5.2, 7.2),
        nose_width=rng.uniform(2.7, 3.6) + 0.4 * masculine,
        nose_height=rng.uniform(0.75, 1.25),
        mouth_y=rng.uniform(12.4, 14.2),
        mouth_width=rng.uniform(5.7, 7.2),
        lip_fullness=rng.uniform(0.75, 1.4) - 0.2 * masculine,
        lip_shade=rng.uniform(0.60, 0.78) if masculine > 0.4 else rng.uniform(0.45, 0.8),
        skin_tone=skin,
        age=age,
        beard=rng.uniform(0.2, 1.0) if bearded and rng.random() < 0.4 else 0.0,
        moustache=rng.uniform(0.3, 1.0) if bearded and rng.random() < 0.35 else 0.0,
        glasses=rng.uniform(0.4, 0.9) if rng.random() < 0.08 else 0.0,
    )


def sample_hair(identity: Identity, rng: np.random.Generator) -> Hair:
    """Hair that suits the person: light hair on fair skin only, grey with age, no long hair below a beard."""
    hairline, temple, length, width = _hair_cut(identity, rng)
    return Hair(
        tone=_hair_tone(identity, rng),
        hairline_y=hairline,
        temple_y=temple,
        side_length_y=length,
        side_width=width,
        parting=rng.uniform(-0.8, 0.8),
        roughness=rng.uniform(0.1, 0.9),
    )


def sample_pose(rng: np.random.Generator) -> Pose:
    """Mostly frontal: faces of FER-2013 were found by a frontal face detector."""
    return Pose(
        yaw=rng.normal(0.0, 0.08),
        pitch=rng.normal(0.0, 0.05),
        roll=rng.normal(0.0, 0.05),
        scale=rng.uniform(1.04, 1.18),
        offset=(rng.normal(0.0, 0.5), rng.normal(-0.2, 0.5)),
        gaze=(rng.normal(0.0, 0.45), rng.normal(0.0, 0.2)),
    )


def sample_light(rng: np.random.Generator) -> Light:
    """One lamp, mostly above and in front, plus ambient light; exposure, lens blur and sensor noise."""
    azimuth, elevation = rng.normal(0.0, 0.55), rng.normal(0.45, 0.25)
    return Light(
        direction=(
            float(np.sin(azimuth) * np.cos(elevation)),
            float(-np.sin(elevation)),
            float(np.cos(azimuth) * np.cos(elevation)),
        ),
        ambient=rng.uniform(0.25, 0.6),
        brightness=rng.uniform(98.0, 168.0),
        gamma=rng.uniform(0.85, 1.35),
        blur=rng.uniform(0.0, 0.55),
        noise=rng.uniform(0.5, 4.5),
        background=rng.uniform(15.0, 235.0),
        clothes=rng.uniform(15.0, 235.0),
    )


def _skin_tone(rng: np.random.Generator) -> float:
    """Two thirds fair to olive, one third brown to black."""
    return rng.uniform(150.0, 212.0) if rng.random() < 0.68 else rng.uniform(78.0, 150.0)


def _hair_tone(identity: Identity, rng: np.random.Generator) -> float:
    fair = identity.skin_tone > 165.0 and rng.random() < 0.35
    tone = rng.uniform(90.0, 185.0) if fair else rng.uniform(14.0, 60.0)
    grey = max(0.0, identity.age - 0.6) * 2.5 * rng.random()
    return float(tone + grey * (205.0 - tone))


def _hair_cut(identity: Identity, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Hairline, temples and length (heights), and width at the sides, of one of five cuts."""
    if identity.beard == 0.0 and identity.moustache == 0.0 and rng.random() < 0.5:
        hairline = rng.choice([rng.uniform(-20.0, -16.5), rng.uniform(-15.5, -13.0)], p=[0.75, 0.25])  # open, or fringe
        return float(hairline), rng.uniform(-10.0, -5.0), rng.uniform(8.0, 30.0), rng.uniform(2.0, 5.5)
    if rng.random() < 0.15 + 0.3 * identity.age:
        return rng.uniform(-27.0, -21.0), rng.uniform(-12.0, -9.0), rng.uniform(-6.0, 0.0), 0.6  # bald or receding
    return rng.uniform(-20.0, -15.5), rng.uniform(-12.0, -7.0), rng.uniform(-6.0, 2.0), rng.uniform(0.6, 1.8)
