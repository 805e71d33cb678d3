"""One flow run at a time in a checkout: a second one waits, and then finds up to date what the first one made.

Two at once would start the same stages, and DVC fails a stage whose files another process has in hand.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from fer_pipeline.runtime import flock, run_log
from fer_pipeline.runtime.folders import LOCAL_FOLDER
from fer_pipeline.runtime.lock_holders import holder
from flows.running.at_work import left_behind

LOCK_FILE = LOCAL_FOLDER / "flow.lock"
POLL_SECONDS = 0.5
GRACE_SECONDS = 60.0    # in which what a killed flow left behind ends: the stages within a second, DVC after them


@dataclass(frozen=True)
class FlowRun:
    """A flow run of this checkout.

    Attributes:
        pid: Of its process.
        started: When, ISO 8601.
    """

    pid: int
    started: str


@contextmanager
def turn(say: Callable[[str], None]) -> Iterator[None]:
    """Wait for the checkout and hold it for the block; text that stays in the file tells of a kill."""
    LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
    with LOCK_FILE.open("a+") as lock:
        _wait_for(lock, say)
        lock.truncate(0)
        lock.write(json.dumps(asdict(FlowRun(os.getpid(), run_log.now()))))
        lock.flush()
        try:
            _let_end(say)
            yield
        finally:
            lock.truncate(0)


def _wait_for(lock: IO[str], say: Callable[[str], None]) -> None:
    said = False
    while not flock.taken(lock):
        if not said:
            say(f"Waiting: {_words(under_way())} works in this checkout. `fer status` shows it; Ctrl-C gives up.")
            said = True
        time.sleep(POLL_SECONDS)


def under_way() -> FlowRun | None:
    """The flow run that holds this checkout now."""
    found = holder(LOCK_FILE)
    return None if found is None else _parsed(found.said) or FlowRun(found.pid, "")


def cut_short() -> FlowRun | None:
    """The last flow run, if it died before it ended."""
    if not LOCK_FILE.exists() or under_way() is not None:
        return None
    return _parsed(LOCK_FILE.read_text())


def _parsed(text: str) -> FlowRun | None:
    try:
        return FlowRun(**json.loads(text))
    except (json.JSONDecodeError, TypeError):      # empty, or cut by a kill
        return None


def _words(run: FlowRun | None) -> str:
    return "another flow run" if run is None else f"the flow run of process {run.pid}, since {run.started},"


def _let_end(say: Callable[[str], None]) -> None:
    """Wait for stages and DVC of a killed flow: they hold slots, states and DVC's locks until they are gone."""
    end = time.monotonic() + GRACE_SECONDS
    said = False
    while (left := left_behind(Path.cwd())) and time.monotonic() < end:
        if not said:
            say(f"Waiting for what a killed run left behind to end: {', '.join(f'process {pid}' for pid in left)}")
            said = True
        time.sleep(POLL_SECONDS)
