"""What `python -m` needs around a `main` of this package: the framework, quiet, and errors as one line."""

import os
import sys
from collections.abc import Callable

from fer_pipeline.errors import InputError


def run_as_command(main: Callable[[list[str]], None]) -> None:
    """Run `main` on the command line's arguments; exit with the message of an InputError."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
