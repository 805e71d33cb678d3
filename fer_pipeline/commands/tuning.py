"""`fer find-rate`, `fer search` and `fer label-issues`: trainings beside the pipeline."""

from pathlib import Path
from typing import Annotated

import typer


def find_rate(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="Entry of architectures in params.yaml")],
    faces: Annotated[Path, typer.Option(help="Training faces")] = Path("data/prepared/balanced_training.npz"),
    out: Annotated[Path | None, typer.Option(help="Picture", show_default="artifacts/learning_rates/ENTRY.svg")] = None,
) -> None:
    """Propose a learning rate: train for a moment at ever higher ones and draw the loss."""
    from fer_pipeline.params import load_params
    from fer_pipeline.rate_test import propose_rate

    curve = context.obj / out if out else Path("artifacts/learning_rates") / f"{entry}.svg"
    rate = propose_rate(entry, load_params(), faces, curve)
    typer.echo(f"Proposed learning rate of {entry}: {rate:.2g}, a tenth of where the loss is lowest\n"
               f"Curve: {curve.absolute()}")


def search(
    entry: Annotated[str, typer.Argument(help="Entry of architectures in params.yaml")],
    trials: Annotated[int, typer.Option(help="Trials in all, those of earlier calls included")] = 20,
    epochs: Annotated[int | None, typer.Option(help="Epochs of a trial", show_default="the recipe's")] = None,
    seed: Annotated[int, typer.Option(help="Of what is tried")] = 1,
) -> None:
    """Search better values for a recipe, each trial an experiment of `dvc exp`; PublicTest decides."""
    from fer_pipeline.search.study import search as run_search

    typer.echo(run_search(entry, trials=trials, epochs=epochs, seed=seed))


def label_issues(
    entry: Annotated[str | None, typer.Option(help="Entry of architectures in params.yaml", show_default=(
        "the one that trains with the fewest operations"))] = None,
    folds: Annotated[int, typer.Option(help="Trainings, each without the faces it is asked about")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the folds")] = 1,
) -> None:
    """Rank probable label errors in Training by cleanlab, from networks that never saw the face.

    Writes artifacts/validation/label_issues.csv and .html: for you alone, neither tracked by git nor outputs of DVC. A
    killed run goes on from its last epoch.
    """
    from fer_pipeline.label_issues.command import find_label_issues
    from fer_pipeline.params import load_params

    found = find_label_issues(load_params(), entry=entry, folds=folds, seed=seed)
    typer.echo(f"{found.issues:,} of {found.faces:,} labels are in doubt\nRanking: {found.ranking_file.absolute()}\n"
               f"Sheet: {found.sheet_file.absolute()}")
