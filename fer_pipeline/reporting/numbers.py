"""How the page writes numbers: the same rounding everywhere, and a dash for what is not there."""

import math

MISSING = "–"
NO_BREAK_SPACE = "\u00a0"
PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def percent(fraction: float | None) -> str:
    """A fraction in [0, 1] as a percentage with one decimal, without the sign: 0.6137 is `61.4`."""
    return MISSING if fraction is None or math.isnan(fraction) else f"{100 * fraction:.1f}"


def points(fraction: float) -> str:
    """A difference of fractions in percentage points with its sign: -0.013 is `−1.3`."""
    text = f"{100 * fraction:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def three_decimals(value: float | None) -> str:
    """Scores such as macro F1, which nobody reads as percentages."""
    return MISSING if value is None or math.isnan(value) else f"{value:.3f}"


def p_value(p: float) -> str:
    """A p-value with three decimals, never 0."""
    return "< 0.001" if p < 0.0005 else f"{p:.3f}"


def count(number: float | None) -> str:
    """A whole number with thousands separated by commas."""
    return MISSING if number is None else f"{number:,.0f}"


def magnitude(number: float | None, digits: int = 3) -> str:
    """That many significant digits with an SI prefix: 12345678 is `12.3 M`."""
    if number is None:
        return MISSING
    for size, prefix in PREFIXES:
        if abs(number) >= size:
            decimals = max(digits - len(f"{abs(number) / size:.0f}"), 0)
            return f"{number / size:.{decimals}f}{NO_BREAK_SPACE}{prefix}"
    return f"{number:.0f}"


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: `8.4 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds is None:
        return MISSING
    if seconds < 59.95:
        return f"{seconds:.1f}{NO_BREAK_SPACE}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}{NO_BREAK_SPACE}min {whole % 60:02d}{NO_BREAK_SPACE}s"
    return f"{whole // 3600}{NO_BREAK_SPACE}h {whole % 3600 // 60:02d}{NO_BREAK_SPACE}min"
