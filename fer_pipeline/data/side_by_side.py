"""Work on every core, by processes that see the memory of this one as it was when they began."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from fer_pipeline.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")
CORES = os.cpu_count() or 1
AHEAD = 2 * CORES       # items: one at work and one waiting for each core
MOST_KEPT = 31 << 20    # bytes of freed memory that malloc keeps rather than gives back; glibc allows up to 32 MiB
POLL_SECONDS = 0.2
_shared: Any = None


@contextmanager
def workers(shared: object = None) -> Iterator[Executor]:
    """A process a core, which `shared()` gives the very object that is given here; nothing is copied.

    They are forked where that is safe, on Linux; elsewhere they are threads. They end with this process however it
    ends, and what still waits for them is dropped when the block fails.

    Raises:
        InputError: One of them was killed.
    """
    np.empty(MOST_KEPT, np.uint8)   # freed at once: from now on malloc uses memory again, here and in the workers
    pool = _pool(shared)
    try:
        yield pool
    except BrokenExecutor:
        raise InputError(f"One of {CORES} processes that worked side by side was killed, as the system does where "
                         "memory runs out. Free some memory and run again.") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(shared: object) -> Executor:
    if sys.platform != "linux":
        return ThreadPoolExecutor(CORES, initializer=_share, initargs=(shared,))
    return ProcessPoolExecutor(CORES, multiprocessing.get_context("fork"), _begin, (shared, os.getpid()))


def _begin(shared: object, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)    # Ctrl-C reaches the parent as well, which ends its workers
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _share(shared)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os._exit(1)


def _share(shared: object) -> None:
    global _shared
    _shared = shared


def shared() -> Any:
    """In a worker: what `workers` was given."""
    return _shared


def in_order(pool: Executor, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results of `function` on `items`, in their order; an item is read when that `AHEAD` places before it is done."""
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) == AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last of what is left."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
