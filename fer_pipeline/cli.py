"""The `fer` command: a thin face over the flows and the pipeline's settings. It never computes a stage itself."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fer_pipeline.errors import InputError

DRAWINGS = (".svg", ".png")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Facial-expression training pipeline: Prefect flows over DVC stages.")


@app.command("train-all")
def train_all(
    slots: Annotated[int | None, typer.Option(min=1, help="Stages to run at once [default: one a device]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every stage from nothing")] = False,
) -> None:
    """Bring every stage up to date side by side and print the result and the report's path."""
    from flows import publish
    from flows.train_all import train_all as flow

    state = flow(slots=slots, force=force, return_state=True)
    if publish.reported():
        typer.echo(f"\n{publish.result(publish.champion())}Report: {publish.INDEX_FILE.absolute()}")
    if state.is_failed():
        raise InputError(state.message or "the flow failed")


@app.command()
def report() -> None:
    """Render artifacts/report/index.html anew: the report with this checkout's run section."""
    from flows.publish import write_index

    typer.echo(f"Report: {write_index().absolute()}")


@app.command()
def profile(
    name: Annotated[str | None, typer.Argument(help="Profile to switch to [default: show which there are]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Give up own changes of params.yaml")] = False,
) -> None:
    """Switch params.yaml to a profile, showing what changes."""
    from fer_pipeline import profiles

    if name is None:
        for known in profiles.names():
            typer.echo(f"{'*' if known == profiles.current() else ' '} {known}")
        return
    typer.echo("\n".join(profiles.switch(name, force=force)) or f"params.yaml is the profile {name} already.")


@app.command()
def source(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A csv, folder, .zip or .tar.gz on this machine, or kaggle:OWNER/NAME, "
                                             "or kaggle-competition:NAME[/FILE]")],
) -> None:
    """Take the data from here or from Kaggle, in any known layout, pinned by content or version."""
    from fer_pipeline import profiles
    from fer_pipeline.kaggle.address import parse_source

    at_kaggle = name.startswith(("kaggle:", "kaggle-competition:"))
    change = profiles.take_kaggle(parse_source(name)) if at_kaggle else profiles.take_source(context.obj / name)
    typer.echo("\n".join(change))


@app.command()
def ferplus(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PATH|none", help="fer2013new.csv of github.com/microsoft/FERPlus on "
                                                                  "this machine, or none")],
) -> None:
    """Join the ten FER+ votes of each face to its row, pinned by content; `none` goes without."""
    from fer_pipeline import profiles

    change = profiles.take_ferplus(None if name == "none" else context.obj / name)
    typer.echo("\n".join(change) or "params.yaml says so already.")


@app.command("find-rate")
def find_rate(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="Entry of architectures in params.yaml")],
    faces: Annotated[Path, typer.Option(help="Training faces")] = Path("data/prepared/balanced_training.npz"),
    out: Annotated[Path | None, typer.Option(help="Picture [default: artifacts/learning_rates/ENTRY.svg]")] = None,
) -> None:
    """Propose a learning rate: train for a moment at ever higher ones and draw the loss."""
    from fer_pipeline.params import load_params
    from fer_pipeline.rate_test import propose_rate

    curve = context.obj / out if out else Path("artifacts/learning_rates") / f"{entry}.svg"
    rate = propose_rate(entry, load_params(), faces, curve)
    typer.echo(f"Proposed learning rate of {entry}: {rate:.2g}, a tenth of where the loss is lowest\n"
               f"Curve: {curve.absolute()}")


@app.command("label-issues")
def label_issues(
    entry: Annotated[str | None, typer.Option(help="Entry of architectures in params.yaml [default: the one that "
                                                   "trains with the fewest operations]")] = None,
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


@app.command()
def search(
    entry: Annotated[str, typer.Argument(help="Entry of architectures in params.yaml")],
    trials: Annotated[int, typer.Option(help="Trials in all, those of earlier calls included")] = 20,
    epochs: Annotated[int | None, typer.Option(help="Epochs of a trial [default: the recipe's]")] = None,
    seed: Annotated[int, typer.Option(help="Of what is tried")] = 1,
) -> None:
    """Search better values for a recipe, each trial an experiment of `dvc exp`; PublicTest decides."""
    from fer_pipeline.search.study import search as run_search

    typer.echo(run_search(entry, trials=trials, epochs=epochs, seed=seed))


@app.command()
def models(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Tell all of this one and draw it [default: list them]")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same for machines, and no drawing")] = False,
    out: Annotated[Path | None, typer.Option(help="Drawing, svg or png [default: artifacts/networks/NAME.svg]")] = None,
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


@app.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="REV1", help="Commit, branch, tag or experiment")],
    after: Annotated[str | None, typer.Argument(metavar="REV2", help="Another [default: the workspace]")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same for machines")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The same for a pull request")] = False,
) -> None:
    """Show what changed between two runs, and which differences are real; nothing is checked out."""
    from fer_pipeline.comparing import command, words

    if json and markdown:
        raise InputError("--json and --markdown are two forms of one comparison. Ask for one of them.")
    found = command.compare(before, after)
    typer.echo(words.as_json(found) if json else words.as_markdown(found) if markdown else words.as_text(found))


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


def main() -> None:
    """Entry point: errors that people can repair are printed without a traceback."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    started_in, checkout = Path.cwd(), _checkout()
    sys.path.insert(0, str(checkout))
    os.chdir(checkout)
    try:
        app(obj=started_in)
    except InputError as error:
        sys.exit(f"error: {error}")


def _checkout() -> Path:
    """The folder with dvc.yaml, here or above."""
    here = Path.cwd()
    checkout = next((folder for folder in (here, *here.parents) if (folder / "dvc.yaml").exists()), None)
    if checkout is None:
        sys.exit(f"error: no dvc.yaml in {here} or above. Run fer inside a checkout of the FER pipeline.")
    installed = Path(__file__).parents[1]
    if installed != checkout:
        sys.exit(f"error: this fer belongs to the checkout {installed}, not to {checkout}. Run `pip install -e .` "
                 "here, or activate this checkout's environment.")
    return checkout


if __name__ == "__main__":
    main()
