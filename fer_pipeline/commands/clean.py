"""`fer clean`: remove what nobody needs any more."""

import shutil
import sys
from typing import Annotated

import typer


def clean(
    keep_revisions: Annotated[int, typer.Option(min=1, help="Commits of every branch, from the newest, whose data and "
                                                            "models stay; those of every tag always stay")] = 5,
    older_than: Annotated[float, typer.Option(min=0, help="Days; whatever is younger stays")] = 14,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Also resume state that a training could go on "
                                                                  "from")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove it",
                                      show_default="show it; ask in a terminal")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show it and do not ask")] = False,
) -> None:
    """Remove what nobody needs: old DVC cache, useless resume state, old downloads, logs and flow runs, leftovers.

    Shows what would go, with sizes, and removes it only on request. Remotes are never touched.
    """
    from flows.cleaning.items import Limits
    from flows.cleaning.plan import planned, remove
    from flows.cleaning.words import as_text, size_words

    with planned(Limits(keep_revisions, older_than, unfinished)) as plan:
        typer.echo(as_text(plan, shutil.get_terminal_size().columns))
        if plan.items and not dry_run and (yes or (sys.stdin.isatty() and typer.confirm("Remove it?"))):
            remove(plan.items)
            typer.echo(f"Removed {size_words(plan.size)}.")
        elif plan.items:
            typer.echo("Nothing was removed. `fer clean --yes` removes it.")
