"""A Prefect API for one flow run, where no server is set up: it ends with the process that started it.

Prefect's own temporary server is in the terminal's group, so that Ctrl-C takes it from the flow that wants to say
Cancelled, and it outlives a flow that was killed. This one has a session of its own and watches its starter.
"""

import atexit
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, get_current_settings, temporary_settings

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.parent import end_with_parent
from flows.stack import settings_file
from flows.stack.server import NO_TELEMETRY, answers

START_SECONDS = 300.0     # a first start makes the database, on a busy machine
END_SECONDS = 5.0
POLL_SECONDS = 0.1


def need_api() -> None:
    """Make sure that this process has a Prefect API until it ends: the server that is set up, or a temporary one.

    Raises:
        InputError: The server that is set up does not answer.
    """
    url = get_current_settings().api.url
    if url is None:
        _start()
    elif not answers(url):
        raise InputError(_silent(url))


def _silent(url: str) -> str:
    if settings_file.ours() and url in settings_file.FILE.read_text() and "PREFECT_API_URL" not in os.environ:
        return (f"The Prefect server at {url} does not answer; {settings_file.FILE}, which `fer up` wrote, names it. "
                "`fer up` starts it again, `fer down` goes on without a server.")
    return (f"The Prefect server at {url} does not answer; PREFECT_API_URL, .env or Prefect's profile names it. Start "
            "it, or unset that to go on without a server.")


def _start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.running.temporary_server", str(listener.fileno())],
            env=os.environ | NO_TELEMETRY, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
            start_new_session=True)
    atexit.register(_end, server)       # before Prefect registers what it sends last
    _wait(server, url)
    settings = ExitStack()
    settings.enter_context(temporary_settings(updates={PREFECT_API_URL: url, PREFECT_UI_URL: ""}))     # it has no UI
    atexit.register(settings.close)


def _wait(server: "subprocess.Popen[bytes]", url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not answers(url):
        if server.poll() is not None or time.monotonic() > end:
            raise InputError(f"Prefect's temporary server did not start within {START_SECONDS:.0f} s, or ended (exit "
                             f"code {server.poll()}). Its messages stand above. `fer up` starts a lasting one.")
        time.sleep(POLL_SECONDS)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def serve(descriptor: int) -> None:
    """Serve Prefect's API on a listening socket until the starter is gone."""
    import uvicorn
    from prefect.server.api.server import create_app

    end_with_parent()
    app = create_app(ephemeral=True, final=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on")).run([socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
