import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import psutil
import pytest

from fer_pipeline.data.side_by_side import AHEAD, batches, in_order, shared, workers
from fer_pipeline.errors import InputError

BUSY = """
import time
from fer_pipeline.data.side_by_side import CORES, workers

with workers() as pool:
    waiting = [pool.submit(time.sleep, 60) for _ in range(CORES)]
    print("working", flush=True)
    waiting[0].result()
"""


def slow_at_first(item: int) -> int:
    time.sleep(0.02 if item == 0 else 0)
    return item * item


def test_results_keep_the_order_of_their_items_whoever_ends_first():
    with workers() as pool:
        assert list(in_order(pool, slow_at_first, range(40))) == [item * item for item in range(40)]


def test_an_item_is_read_when_the_one_some_places_before_it_is_done():
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            read.append(item)
            yield item

    with workers() as pool:
        for done, _ in enumerate(in_order(pool, str, items()), start=1):
            assert len(read) < done + AHEAD


def test_a_failure_of_the_function_and_one_of_the_items_both_end_it():
    with pytest.raises(ZeroDivisionError), workers() as pool:
        list(in_order(pool, partial(divmod, 1), [1, 0, 1]))
    with pytest.raises(KeyError), workers() as pool:
        list(in_order(pool, str, ({}[item] for item in "a")))


def brightest(number: int) -> int:
    return int(shared()[number].max())


def test_workers_see_what_is_shared_with_them():
    with workers([np.arange(number + 1) for number in range(5)]) as pool:
        assert list(in_order(pool, brightest, range(5))) == [0, 1, 2, 3, 4]


def end(sign: signal.Signals) -> None:
    os.kill(os.getpid(), sign)


@pytest.mark.skipif(sys.platform != "linux", reason="workers are threads elsewhere")
def test_a_worker_that_is_killed_is_told_and_not_waited_for():
    told = r"was killed, as the system does where memory runs out\. Free some"
    with pytest.raises(InputError, match=told), workers() as pool:
        list(in_order(pool, end, [signal.SIGKILL]))


@pytest.mark.skipif(sys.platform != "linux", reason="workers are threads elsewhere")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent(sign):
    parent = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "working\n"
    children = psutil.Process(parent.pid).children()
    assert children
    parent.send_signal(sign)
    assert parent.wait(10) == -sign
    parent.stdout.close()
    _, left = psutil.wait_procs(children, timeout=10)
    assert not [one for one in left if one.status() != psutil.STATUS_ZOMBIE]


def test_batches_hold_everything_once_and_the_last_what_is_left():
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]
    assert list(batches([], 3)) == []
