"""An app behind a port, from start to a graceful end."""

import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from fer_pipeline.errors import InputError

GRACE_SECONDS = 10      # for requests under way when the end is asked for
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(app: FastAPI, host: str, port: int, proxy: str | None, *, greeting: str) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way are answered first.

    Args:
        app: What to serve.
        host: Address to listen on.
        port: 0 for any that is free.
        proxy: Address whose X-Forwarded-For tells who asks; None for no proxy.
        greeting: Printed once it listens; `{address}` in it is replaced.

    Raises:
        InputError: The port cannot be had.
    """
    signal.signal(signal.SIGTERM, _end)     # uvicorn raises it again once it has ended; other clean-up is to follow
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none", lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS, proxy_headers=proxy is not None, forwarded_allow_ips=proxy)
    with _listening(host, port) as listening, suppress(KeyboardInterrupt):
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        open_to_all = "" if host in LOOPBACK else f"\nWhoever reaches {host} may ask: nobody is asked for a password."
        _Server(config, greeting.format(address=address) + open_to_all).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._greeting, flush=True)      # now that it answers, and that signals end it gracefully


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise InputError(f"{host}:{port} cannot be listened on: {error.strerror or error}. Choose another --port, or "
                         "an address of this machine as --host.") from None


def _end(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(0)
