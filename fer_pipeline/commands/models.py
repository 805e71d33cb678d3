"""`fer models`: the catalogue of architectures."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fer_pipeline.errors import InputError

DRAWINGS = (".svg", ".png")


def models(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Tell all of this one and draw it",
                                                   show_default="list them")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same for machines, and no drawing")] = False,
    out: Annotated[Path | None, typer.Option(help="Drawing, svg or png",
                                             show_default="artifacts/networks/NAME.svg")] = None,
) -> None:
    """List the architectures: what they cost, what they were published with and where they come from."""
    from fer_pipeline import architectures
    from fer_pipeline.runtime.notices import framework_notices_held

    architectures.require([name] if name else [])
    drawing = _drawing(name, context.obj / out if out else None)
    with framework_notices_held():
        from fer_pipeline import catalogue

        networks = {one: catalogue.build(one) for one in ([name] if name else architectures.names())}
    entries = catalogue.entries(networks)
    if json or name is None:
        typer.echo(catalogue.as_json(entries) if json else catalogue.as_table(entries))
        return
    from fer_pipeline.reporting.network_drawing import draw_network

    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", str(catalogue.WIDTH))      # or Keras's summary cuts names to fit into 80
    typer.echo(catalogue.as_page(entries[0], networks[name]))
    drawing.parent.mkdir(parents=True, exist_ok=True)
    draw_network(networks[name], drawing, title=name, subtitle=catalogue.in_short(entries[0]))
    typer.echo(f"Drawing: {drawing}")


def _drawing(name: str | None, out: Path | None) -> Path:
    """Where the network is drawn."""
    if out and not name:
        raise InputError(f"{out} is for the drawing of one architecture, and none is named. Name it: "
                         "fer models NAME --out FILE.")
    drawing = out or Path.cwd() / "artifacts" / "networks" / f"{name}.svg"
    if drawing.suffix not in DRAWINGS:
        raise InputError(f"{drawing} cannot be drawn: it ends in {drawing.suffix!r}. Allowed: {', '.join(DRAWINGS)}. "
                         "Correct --out.")
    return drawing
