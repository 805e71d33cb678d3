"""How figures stand in JSON: six digits, and null where a figure is undefined."""

import math

DIGITS = 6


def rounded(figure: float) -> float:
    """Round to six digits, as Python's own float."""
    return round(float(figure), DIGITS)


def rounded_or_none(figure: float | None) -> float | None:
    """Round to six digits; None for None and NaN, which JSON does not have."""
    return None if figure is None or math.isnan(figure) else rounded(figure)
