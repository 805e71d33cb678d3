"""Values of Prefect's Secret blocks."""

from typing import Any, cast

from prefect.blocks.system import Secret


def value_of(name: str) -> Any:
    """What the Secret block `name` holds, as it was saved; None without such a block."""
    try:
        block = cast("Secret[Any]", Secret.load(name))
    except ValueError:      # Prefect's for a block that is not there
        return None
    return block.value.get_secret_value()     # `get()` makes a number of a token of digits
