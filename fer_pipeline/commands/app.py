"""`fer app`: the network for people, and for programs beside."""

from pathlib import Path
from typing import Annotated

import typer

from fer_pipeline.commands.network_options import MODEL, Detector
from fer_pipeline.commands.serve import Host, Parallel, PerMinute, Proxy


def app(
    model: Annotated[list[Path] | None, typer.Option(
        help=f"{MODEL}; again for each that the page lets choose", show_default="champion")] = None,
    detector: Detector = "haar",
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free")] = 7860,
    proxy: Proxy = None,
    per_minute: PerMinute = 300,
    parallel: Parallel = None,
) -> None:
    """Open a page for pictures, a camera and videos; programs are answered beside it as by `fer serve`."""
    from fer_pipeline.serving import with_page
    from fer_pipeline.serving.limits import Limits

    limits = Limits.of(per_minute, parallel)
    with_page.serve(model or [], detector, limits, host, port, proxy)
