"""Which facial action units an emotion shows, and how strongly a sampled face shows them.

Action units (AU) are the facial movements of FACS; the combinations are the prototypes and major variants of EMFACS.
Source: Ekman and Friesen 1978, "Facial Action Coding System", Consulting Psychologists Press; Friesen and Ekman 1983,
"EMFACS-7: Emotional Facial Action Coding System", University of California.
"""

import numpy as np

from fer_pipeline.labels import EMOTIONS

UNITS = 28  # arrays are indexed by the number of the action unit; AU 27 (mouth stretch) is the highest drawn

VARIANTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "angry": ((4, 5, 7, 23), (4, 5, 7, 24), (4, 7, 23), (4, 5, 7, 17, 24), (4, 5, 7, 10, 16, 25)),
    "disgust": ((9, 10, 15), (9, 10, 17), (7, 9, 10, 16, 25), (6, 7, 9, 10, 15, 17)),
    "fear": ((1, 2, 4, 5, 7, 20, 25), (1, 2, 4, 5, 20, 26), (1, 2, 4, 5, 7, 20, 26), (1, 2, 4, 5, 25)),
    "happy": ((6, 12), (6, 12, 25), (6, 12, 25), (6, 12, 25, 26), (12, 25), (12,)),
    "sad": ((1, 4, 15), (1, 4, 15, 17), (1, 4, 15, 17), (1, 4, 7, 15)),
    "surprise": ((1, 2, 5, 26), (1, 2, 5, 26), (1, 2, 5, 27), (1, 2, 26)),
    "neutral": ((),),
}
HALLMARKS = {"angry": 4, "disgust": 9, "fear": 5, "happy": 12, "sad": 1, "surprise": 2}  # never missing
STRAY_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23, 24, 25)
CONTRADICTIONS = ((23, 25), (24, 25))  # lips pressed and lips parted

STRONGEST, RESTRAINT = 1.2, (1.0, 3.5)  # how far a face goes into its expression, less a beta-distributed share
SPREAD = (0.65, 1.2)  # how far a single unit departs from that
MISSING = 0.08  # share of the other units of the variant that a face does not show
STRAY = 0.30  # highest intensity of a unit that has nothing to do with the emotion
ASYMMETRY = 0.12  # standard deviation of the ratio between the two sides of a face


def sample_units(emotion: str, rng: np.random.Generator) -> np.ndarray:
    """Intensity of every action unit on both sides of one face that shows an emotion.

    Args:
        emotion: One of `EMOTIONS`.
        rng: The face's own generator.

    Returns:
        `(2, UNITS)`, image-left side first; 0 is absent, 1 about FACS intensity E.

    Raises:
        ValueError: The emotion is not one of `EMOTIONS`.
    """
    if emotion not in VARIANTS:
        raise ValueError(
            f"Emotion {emotion!r} has no action units. Allowed: {', '.join(EMOTIONS)}. Take it from labels.EMOTIONS."
        )
    units = _stray_units(rng)
    variants = VARIANTS[emotion]
    shown = variants[int(rng.integers(len(variants)))]
    _show(units, shown, HALLMARKS.get(emotion), rng)
    _settle(units, shown)
    return np.clip(units * rng.normal(1.0, ASYMMETRY, (2, UNITS)), 0.0, 1.3)


def _stray_units(rng: np.random.Generator) -> np.ndarray:
    """Small movements that no emotion asked for: three random units, mostly faint."""
    units = np.zeros(UNITS)
    for unit in rng.choice(STRAY_UNITS, 3, replace=False):
        units[unit] = STRAY * rng.random() ** 2
    return units


def _show(units: np.ndarray, shown: tuple[int, ...], hallmark: int | None, rng: np.random.Generator) -> None:
    strength = STRONGEST * (1.0 - rng.beta(*RESTRAINT))
    for unit in shown:
        if rng.random() >= MISSING or unit == hallmark:
            units[unit] = max(units[unit], strength * rng.uniform(*SPREAD))


def _settle(units: np.ndarray, shown: tuple[int, ...]) -> None:
    """Of two units that exclude each other, keep the one that belongs to the emotion."""
    for pressed, parted in CONTRADICTIONS:
        if units[pressed] and units[parted]:
            units[parted if pressed in shown else pressed] = 0.0
