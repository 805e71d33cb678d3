"""`fer status`: what is stale, what runs where, what the last run gave."""

import os
import shutil
from typing import Annotated

import typer


def status(json: Annotated[bool, typer.Option("--json", help="The same for machines")] = False) -> None:
    """Show what is stale and why, what runs where, and what the last run gave; nothing is started or locked."""
    from flows.status import words
    from flows.status.gather import gather

    found = gather()
    text = words.as_json(found) if json else words.as_text(found, shutil.get_terminal_size().columns)
    typer.echo(text, color=False if os.environ.get("NO_COLOR") else None)
