"""What `python -m` needs around a `main` of this package: the framework, quiet, and errors as one line."""

import sys
from collections.abc import Callable

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.framework import prepare_framework


def run_as_command(main: Callable[[list[str]], None]) -> None:
    """Run `main` on the command line's arguments; exit with the message of an InputError."""
    prepare_framework()
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
