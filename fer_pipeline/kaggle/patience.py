"""How long a download puts up with a network: retries with back-off, for this one kind of work and no other."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from fer_pipeline.errors import InputError

T = TypeVar("T")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """All times in seconds.

    Attributes:
        tries: Failures in a row before giving up.
        first_delay: Before the second try; doubled for each further one, and scattered by half either way.
        longest_delay: Upper bound of that.
        longest_wait: The longest wait that a server may ask for (Retry-After) and be granted.
        connect: For a connection to be made.
        silence: Without a byte, or an answer of the API, before it counts as cut.
        every: Between two lines of progress.
    """

    tries: int = 6
    first_delay: float = 1.0
    longest_delay: float = 60.0
    longest_wait: float = 600.0
    connect: float = 10.0
    silence: float = 60.0
    every: float = 10.0

    def delay(self, failures: int) -> float:
        """Before the next try: scattered, so that many clients do not come back at the same moment."""
        return min(self.longest_delay, self.first_delay * 2.0 ** (failures - 1)) * random.uniform(0.5, 1.5)


class Setback(Exception):
    """A try failed in a way that may pass.

    Attributes:
        reason: What happened, as a clause.
        repair: What a person can do once the tries are used up.
        wait: Seconds that the server asks to wait, if it does.
        progressed: The try brought the work forward, so that earlier failures no longer count.
        once: Not worth more than one repetition.
    """

    def __init__(self, reason: str, repair: str, *, wait: float | None = None, progressed: bool = False,
                 once: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.repair, self.wait, self.progressed, self.once = reason, repair, wait, progressed, once


def persevere(attempt: Callable[[], T], what: object, patience: Patience, say: Say) -> T:
    """Try until it succeeds or `patience` is used up.

    Raises:
        InputError: Every try failed, the server asks for too long a wait, or `attempt` refuses by itself.
    """
    tries, failures, repeated = 0, 0, False
    while True:
        result, setback = _try(attempt)
        if setback is None:
            return result   # type: ignore[return-value]  # no setback: a result
        tries, failures = tries + 1, 1 if setback.progressed else failures + 1
        if failures >= patience.tries or (setback.once and repeated):
            raise InputError(f"{what}: {setback.reason}. Given up after {tries} tries. {setback.repair}")
        repeated = repeated or setback.once
        _wait(what, setback, patience.delay(failures), patience, say)


def _try(attempt: Callable[[], T]) -> tuple[T | None, Setback | None]:
    try:
        return attempt(), None
    except Setback as setback:
        return None, setback


def _wait(what: object, setback: Setback, delay: float, patience: Patience, say: Say) -> None:
    if setback.wait is not None and setback.wait > patience.longest_wait:
        raise InputError(f"{what}: {setback.reason} and asks to wait {_clock(setback.wait)}; at most "
                         f"{_clock(patience.longest_wait)} is waited here. Run again after that time.")
    seconds = delay if setback.wait is None else setback.wait
    say(f"{what}: {setback.reason}. Trying again in {seconds:.1f} s.")
    time.sleep(seconds)


def _clock(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises, or TimeoutError: for a library that waits for ever.

    The call then goes on in a thread that ends with the process at the latest.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # the caller's to handle
            answer.set_exception(error)

    threading.Thread(target=run, name="bounded call", daemon=True).start()
    return answer.result(timeout=seconds)
