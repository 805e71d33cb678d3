import time
from collections.abc import Iterator

import pytest

from fer_pipeline.data.side_by_side import CORES, batches, in_order


def test_results_keep_the_order_of_their_items_whoever_ends_first():
    def slow_at_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * item

    assert list(in_order(slow_at_first, range(40))) == [item * item for item in range(40)]


def test_no_more_than_an_item_a_core_is_read_ahead():
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            read.append(item)
            yield item

    for done, _ in enumerate(in_order(str, items()), start=1):
        assert len(read) <= done + CORES


def test_a_failure_of_the_function_and_one_of_the_items_both_end_it():
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 // item, [1, 0, 1]))
    with pytest.raises(KeyError):
        list(in_order(str, ({}[item] for item in "a")))


def test_batches_hold_everything_once_and_the_last_what_is_left():
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]
    assert list(batches([], 3)) == []
