"""The local Prefect server."""

import os
import socket
import sys

import httpx
import psutil

from fer_pipeline.errors import InputError
from flows.stack.detached import Detached
from flows.stack.options import ANYWHERE, AUTH_VARIABLE, Options

SERVER = Detached("server")
START_SECONDS = 180.0       # a first start makes the database, on a busy machine
END_SECONDS = 10.0
NO_TELEMETRY = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def start(options: Options) -> None:
    """Start it and wait until it answers.

    Raises:
        InputError: The port is taken, or the server ended; with whom, or its log.
    """
    _check_port(options)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", options.host, "--port", str(options.port)]
    SERVER.start(command, _environment(options))
    SERVER.wait_until(lambda: answers(options.api_url), START_SECONDS)


def _environment(options: Options) -> dict[str, str]:
    """Secrets go by the environment, which others cannot read as they can a command line."""
    own = {**NO_TELEMETRY, "PYTHONUNBUFFERED": "1", "PREFECT_API_URL": options.api_url}
    if options.host in ANYWHERE:
        own["PREFECT_SERVER_UI_API_URL"] = f"http://{socket.gethostname()}:{options.port}/api"
    if options.database:
        own["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = options.database
    if options.auth:
        own |= {AUTH_VARIABLE: options.auth, "PREFECT_API_AUTH_STRING": options.auth}
    return os.environ | own


def answers(api_url: str) -> bool:
    """Whether a Prefect server is there and well; Prefect Cloud says so only to those who are signed in."""
    try:
        return httpx.get(f"{api_url}/health", timeout=3).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.HTTPError:
        return False


def _check_port(options: Options) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise InputError(f"The server cannot listen on {options.host}:{options.port} ({error.strerror}): "
                             f"{_holder(options.port)}. Give another --port, or end that first.") from None


def _holder(port: int) -> str:
    """Who listens on a port, in words."""
    pids = [one.pid for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid]
    try:
        process = psutil.Process(pids[0])
        return f"process {process.pid} has it, `{' '.join(process.cmdline())[:120]}` in {process.cwd()}"
    except (IndexError, psutil.Error):
        return "a process of another user may have it"
