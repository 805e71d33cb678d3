"""`fer up` and `fer down`: the local Prefect server with its worker and deployments."""

from pathlib import Path
from typing import Annotated, Any

import typer


def up(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; others than this machine's own only with "
                                                  "authentication", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="To listen on", show_default="4200")] = None,
    database: Annotated[str | None, typer.Option(
        envvar="FER_DATABASE", show_envvar=True, metavar="URL",
        help="postgresql+asyncpg://USER:PASSWORD@HOST/NAME", show_default="SQLite in PREFECT_HOME")] = None,
    auth: Annotated[Path | None, typer.Option(
        metavar="FILE", help="Ask everybody for the USER:PASSWORD in this file, which only you may read",
        show_default="PREFECT_SERVER_API_AUTH_STRING, if set")] = None,
) -> None:
    """Start the local stack: Prefect server with its UI, worker, deployments. Any number of times.

    What is not given is as the last `fer up` had it, until `fer down`.
    """
    from dataclasses import replace

    from flows.stack import control, options

    given: dict[str, Any] = {"host": host, "port": port, "database": database,
                             "auth": options.read_auth(context.obj / auth if auth else None)}
    before = options.kept() or options.Options()
    for line in control.up(replace(before, **{key: value for key, value in given.items() if value is not None})):
        typer.echo(line)


def down(
    force: Annotated[bool, typer.Option("--force", help="Cancel runs that are under way")] = False,
) -> None:
    """End the local stack: worker, then server. Finished work stays, and so does the record of runs."""
    from flows.stack import control

    for line in control.down(force=force):
        typer.echo(line)
