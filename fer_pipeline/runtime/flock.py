"""The kernel's lock on an open file, which goes with the last process that has the file open."""

import fcntl
from typing import IO


def taken(file: IO[str] | int, *, shared: bool = False) -> bool:
    """Take the lock without waiting.

    Args:
        file: Open, or its descriptor; the lock is held until it is closed.
        shared: With others who share it; one who does not keeps all of them out, and they him.

    Returns:
        Whether it is ours now; False if another open file holds it.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
