"""`fer releases` and `fer rollback`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_pipeline.errors import InputError

if TYPE_CHECKING:
    from fer_pipeline.promotion.releases import Release

HEADINGS = ("", "version", "released", "network", "PublicTest", "commit", "why")


def releases() -> None:
    """List the releases, highest first: when, which network, its PublicTest figure, and which is in use (*).

    `git show champion@VERSION` tells all about one.
    """
    from tabulate import tabulate

    from fer_pipeline.promotion.releases import in_use, read_releases

    found = read_releases(Path())
    if not found:
        typer.echo("There is no release yet. `python -m flows.retrain` makes one; `git fetch --tags` fetches others.")
        return
    present = in_use(found)
    typer.echo(tabulate([_row(release, present) for release in found], HEADINGS, disable_numparse=True))
    if present:
        last = present.assignments[-1]
        typer.echo(f"\n{present.version} is in use since {last.when:%Y-%m-%d %H:%M} UTC ({last.tag}): {last.message}")


def rollback(
    reason: Annotated[str, typer.Option(help="Why; the tag keeps it")],
    version: Annotated[str | None, typer.Argument(help="Release to put in use", show_default=(
        "the highest below the present that was in use before"))] = None,
) -> None:
    """Put another release in use, by a git tag that keeps the reason."""
    from fer_pipeline.promotion.releases import in_use, put_in_use, read_releases, to_roll_back_to

    if not reason.strip():
        raise InputError("--reason is empty; it stands in the tag for whoever asks later. Say why.")
    found = read_releases(Path())
    wanted, present = to_roll_back_to(found, version), in_use(found)
    put_in_use(Path(), wanted, f"From {present.version if present else 'none'} to {wanted.version}: {reason.strip()}")
    now = in_use(read_releases(Path()))
    tag = now.assignments[-1].tag if now else ""
    typer.echo(f"{wanted.version} is in use ({tag}). `git push --tags` tells others; `dvc artifacts get . champion "
               f"--stage prod` fetches its model.")


def _row(release: "Release", present: "Release | None") -> list[str]:
    network, figure = _figure(release)
    return ["*" if release == present else "", release.version, f"{release.registered:%Y-%m-%d %H:%M}", network, figure,
            release.commit[:10], release.message.rpartition("\n")[2].partition(":")[0]]


def _figure(release: "Release") -> tuple[str, str]:
    """Network and PublicTest figure, as far as DVC has their record."""
    from fer_pipeline.comparing.files import RevisionFiles
    from fer_pipeline.promotion.contenders import read_contender

    try:
        contender = read_contender(RevisionFiles(Path(), release.tag))
    except InputError:
        return "?", "not in DVC's cache or remote"
    accuracy, low, high = (100 * contender.figures[name] for name in ("accuracy", "accuracy_low", "accuracy_high"))
    return contender.name, f"{accuracy:.1f} % [{low:.1f}, {high:.1f}], {contender.figures['faces']:,} faces"
