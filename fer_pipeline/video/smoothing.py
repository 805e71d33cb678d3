"""Exponential smoothing in time: what is old counts half after each half-life, whatever the frame rate."""

from collections.abc import Sequence

HALF_LIFE = 0.5     # s, of what the network said of a face


def smoothed(before: Sequence[float], now: Sequence[float], passed: float, half_life: float) -> tuple[float, ...]:
    """Blend new values into smoothed ones.

    Args:
        before: Smoothed values so far; empty before the first, which then stand as they are.
        now: New values, as many.
        passed: Seconds between the two.
        half_life: Seconds after which old values count half.

    Returns:
        Smoothed values; of probabilities that sum to 1, the sum is 1.
    """
    if not before:
        return tuple(float(value) for value in now)
    old = 0.5 ** (passed / half_life)
    return tuple(old * earlier + (1 - old) * float(value) for earlier, value in zip(before, now, strict=True))
