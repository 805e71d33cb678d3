"""`fer profile`, `fer source` and `fer ferplus`: what params.yaml says to train on."""

from typing import Annotated

import typer

from fer_pipeline.errors import InputError


def profile(
    name: Annotated[str | None, typer.Argument(help="Profile to switch to",
                                                   show_default="show which there are")] = None,
    force: Annotated[bool, typer.Option("--force", help="Give up own changes of params.yaml")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Keep this entry of architectures; may be repeated",
                                                   show_default="all")] = None,
) -> None:
    """Switch params.yaml to a profile, showing what changes."""
    from fer_pipeline import profiles

    if name is None and only:
        raise InputError(f"--only {only[0]} is for a switch to a profile, and none is named. Name it: "
                         f"fer profile {profiles.current()} --only {only[0]}.")
    if name is None:
        for known in profiles.names():
            typer.echo(f"{'*' if known == profiles.current() else ' '} {known}")
        return
    change = profiles.switch(name, force=force, only=only or None)
    typer.echo("\n".join(change) or f"params.yaml is the profile {name} already.")


def source(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A csv, folder, .zip or .tar.gz on this machine, or kaggle:OWNER/NAME, "
                                             "or kaggle-competition:NAME or kaggle-competition:NAME/FILE")],
) -> None:
    """Take the data from here or from Kaggle, in any known layout, pinned by content or version."""
    from fer_pipeline import profiles

    typer.echo("\n".join(profiles.take(name, context.obj)))


def ferplus(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PATH|none", help="fer2013new.csv of github.com/microsoft/FERPlus on "
                                                                  "this machine, or none")],
) -> None:
    """Join the ten FER+ votes of each face to its row, pinned by content; `none` goes without."""
    from fer_pipeline import profiles

    change = profiles.take_ferplus(None if name == "none" else context.obj / name)
    typer.echo("\n".join(change) or "params.yaml says so already.")
