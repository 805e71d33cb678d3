"""How often one address may ask."""

import pytest

from fer_pipeline.serving import rates
from fer_pipeline.serving.problems import Problem
from fer_pipeline.serving.rates import Rates


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(taking: Rates, address: str) -> bool:
    try:
        taking.take(address)
    except Problem:
        return True
    return False


def test_a_minute_of_requests_may_come_at_once_and_then_evenly() -> None:
    clock = Clock()
    taking = Rates(6, clock)
    assert [refused(taking, "192.0.2.1") for _ in range(7)] == [False] * 6 + [True]
    clock.now = 9.9
    assert refused(taking, "192.0.2.1")
    clock.now = 10.1
    assert [refused(taking, "192.0.2.1") for _ in range(2)] == [False, True]


def test_the_refusal_says_when_to_ask_again() -> None:
    taking = Rates(2, Clock())
    taking.take("192.0.2.1")
    taking.take("192.0.2.1")
    with pytest.raises(Problem, match=r"its 2 requests of this minute. Ask again in 30 s.") as caught:
        taking.take("192.0.2.1")
    assert (caught.value.status, caught.value.retry_after) == (429, 30)


def test_others_are_not_held_up() -> None:
    taking = Rates(1, Clock())
    assert not refused(taking, "192.0.2.1")
    assert not refused(taking, "192.0.2.2")


def test_a_network_of_ipv6_counts_as_one() -> None:
    taking = Rates(1, Clock())
    assert not refused(taking, "2001:db8::1")
    assert refused(taking, "2001:db8::ffff:2")
    assert not refused(taking, "2001:db8:0:1::1")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_ADDRESSES", 10)
    taking = Rates(1, Clock())
    for last in range(200):
        taking.take(f"192.0.2.{last}")
    assert len(taking._buckets) == 10


def test_zero_allows_any_number() -> None:
    taking = Rates(0)
    assert not any(refused(taking, "192.0.2.1") for _ in range(1000))
