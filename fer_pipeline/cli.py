"""The `fer` command: a thin face over the flows and the pipeline's settings. It never computes a stage itself."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from fer_pipeline.commands import app as app_command
from fer_pipeline.commands import (
    clean,
    compare,
    inputs,
    live,
    models,
    predict,
    releases,
    run,
    serve,
    stack,
    status,
    tuning,
    video,
)
from fer_pipeline.errors import InputError

COMMANDS = (    # of a checkout: they run in its folder
    run.train_all, run.report, inputs.profile, inputs.source, inputs.ferplus, models.models, tuning.find_rate,
    tuning.search, tuning.label_issues, compare.compare, status.status, clean.clean, releases.releases,
    releases.rollback, stack.up, stack.down,
)
USE = (         # of a network: they run where the user stands
    predict.predict, app_command.app, serve.serve, video.video, live.live,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in COMMANDS + USE:
    app.command()(command)


@app.callback()
def enter(context: typer.Context) -> None:
    """Facial-expression training pipeline: Prefect flows over DVC stages; and its networks in use."""
    if context.obj is None and context.invoked_subcommand not in {_name(command) for command in USE}:
        context.obj = Path.cwd()
        checkout = _checkout()
        sys.path.insert(0, str(checkout))
        os.chdir(checkout)


def main() -> None:
    """Entry point: errors that people can repair are printed without a traceback."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    try:
        app()
    except InputError as error:
        sys.exit(f"error: {error}")


def _name(command: Callable[..., None]) -> str:
    return command.__name__.replace("_", "-")


def _checkout() -> Path:
    """The folder with dvc.yaml and DVC's own folder, here or above; results/ has the first alone."""
    here = Path.cwd()
    checkout = next((folder for folder in (here, *here.parents)
                     if (folder / "dvc.yaml").exists() and (folder / ".dvc").is_dir()), None)
    if checkout is None:
        sys.exit(f"error: no dvc.yaml in {here} or above. Run fer inside a checkout of the FER pipeline.")
    installed = Path(__file__).parents[1]
    if installed != checkout:
        sys.exit(f"error: this fer belongs to the checkout {installed}, not to {checkout}. Run `pip install -e .` "
                 "here, or activate this checkout's environment.")
    return checkout


if __name__ == "__main__":
    main()
