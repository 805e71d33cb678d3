"""`fer compare`: two runs side by side."""

from typing import Annotated

import typer

from fer_pipeline.errors import InputError


def compare(
    before: Annotated[str, typer.Argument(metavar="REV1", help="Commit, branch, tag or experiment")],
    after: Annotated[str | None, typer.Argument(metavar="REV2", help="Another", show_default="the workspace")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same for machines")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The same for a pull request")] = False,
) -> None:
    """Show what changed between two runs, and which differences are real; nothing is checked out."""
    from fer_pipeline.comparing import command, words

    if json and markdown:
        raise InputError("--json and --markdown are two forms of one comparison. Ask for one of them.")
    found = command.compare(before, after)
    typer.echo(words.as_json(found) if json else words.as_markdown(found) if markdown else words.as_text(found))
