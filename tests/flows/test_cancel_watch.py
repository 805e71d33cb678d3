"""A cancel that is read of just as a run's work ends: heard before the run says how it ended, or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed

from flows.running import cancel_watch, dead_runs
from flows.running.guarded import guarded


class Reading:
    """A read of the run's state that is under way until it is let go, and then says Cancelling."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _: FlowRun) -> bool:
        self.begun.set()
        return self.let_go.wait(60)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    read = Reading()
    monkeypatch.setattr(cancel_watch, "_cancelling", read)
    monkeypatch.setattr(cancel_watch, "POLL_SECONDS", 0.01)
    return read


def test_read_of_after_the_end_it_interrupts_nothing(reading, monkeypatch):
    monkeypatch.setattr(cancel_watch, "JOIN_SECONDS", 0.01)
    with cancel_watch.watched(FlowRun(flow_id=uuid4())):
        assert reading.begun.wait(60)
    (watch,) = (one for one in threading.enumerate() if one.name == "cancel watch")
    reading.let_go.set()
    watch.join(60)
    assert not watch.is_alive()


def test_read_of_during_the_block_it_interrupts_there(reading):
    reading.let_go.set()
    with pytest.raises(KeyboardInterrupt), cancel_watch.watched(FlowRun(flow_id=uuid4())):
        threading.Event().wait(60)


def test_an_interrupt_as_the_watch_ends_cancels_the_run(monkeypatch):
    @contextmanager
    def held() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(dead_runs, "held", held)
    assert guarded(Completed).name == "Cancelled"
