"""TensorFlow's notices at import, which no setting silences: held back, and shown only if the import fails."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def framework_notices_held() -> Iterator[None]:
    """Keep what native code writes to standard error in the block from the reader, unless the block raises."""
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)


def import_framework() -> None:
    """Import Keras quietly; whoever imports it afterwards finds it there."""
    with framework_notices_held():
        import_module("keras")
