"""A run outlives whoever reads what it prints: a killed worker, a closed terminal, `| head`.

Rich, which Prefect's console is made with, ends the process when nobody reads any more.
"""

import logging
import os
import select
import sys
from functools import partial

from prefect.logging.handlers import PrefectConsoleHandler
from rich.console import Console


def go_on_unread() -> None:
    """Let Prefect's consoles fall silent where they would end this process; its server has the log all the same."""
    for logger in logging.root.manager.loggerDict.values():
        for handler in getattr(logger, "handlers", []):
            if isinstance(handler, PrefectConsoleHandler):
                handler.console.on_broken_pipe = partial(_fall_silent, handler.console)  # type: ignore[method-assign]


def _fall_silent(console: Console) -> None:
    console.quiet = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if _unread(stream.fileno()):
            os.dup2(nowhere, stream.fileno())


def _unread(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))
