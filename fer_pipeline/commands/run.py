"""`fer train-all`: the whole pipeline; `fer report`: its report with this checkout's runs."""

from typing import Annotated, Literal

import typer

from fer_pipeline.errors import InputError

ENDED_BY_CTRL_C = 130       # as shells say it


def train_all(
    slots: Annotated[int | None, typer.Option(min=1, help="Stages to run at once", show_default="one a device")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every stage from nothing")] = False,
    runner: Annotated[Literal["local", "ray"] | None, typer.Option(help="Where stages compute",
                                                                 show_default="run.runner of params.yaml")] = None,
) -> None:
    """Bring every stage up to date side by side and print the result and the report's path."""
    from fer_pipeline.runtime.disk_space import require_space

    require_space()     # before Prefect's server, which needs some to start
    from flows.publishing import results
    from flows.running.local_run import run_here
    from flows.train_all import train_all as flow

    state = run_here(flow, slots=slots, force=force, runner=runner)
    if state.is_cancelled():
        typer.echo(f"Cancelled {state.message}", err=True)
        raise typer.Exit(ENDED_BY_CTRL_C)
    if results.reported():
        typer.echo(f"\n{results.result(results.champion())}Report: {results.INDEX_FILE.absolute()}")
    if state.is_failed():
        raise InputError(state.message or "the flow failed")


def report() -> None:
    """Render artifacts/report/index.html anew: the report with this checkout's run section."""
    from flows.publishing.publish import write_index

    typer.echo(f"Report: {write_index().absolute()}")
