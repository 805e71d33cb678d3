"""Words of progress lines, alike in a terminal, in DVC's output and in Prefect's logs: no line is ever overwritten."""

BAR = 20    # characters


def bar(share: float) -> str:
    """A share in [0, 1] as a bar and per cent."""
    return f"{'█' * int(BAR * share):░<{BAR}} {share:4.0%}"


def duration(seconds: float) -> str:
    """Seconds as 0:05 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
