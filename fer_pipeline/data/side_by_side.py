"""Work on every core that keeps its order and its memory small."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
CORES = os.cpu_count() or 1


def in_order(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results of `function` on `items`, in their order, from a thread a core; one item a core is read ahead, no more.

    For functions that spend their time outside the interpreter's lock, as numpy and OpenCV do.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(CORES) as threads:
        for item in items:
            waiting.append(threads.submit(function, item))
            if len(waiting) > CORES:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last of what is left."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
