"""`python -m fer_pipeline.imported_runs keep | model | restore | publish`; results/dvc.yaml runs the last."""

import argparse
from pathlib import Path

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.keep import keep
from fer_pipeline.imported_runs.run import read_faces, read_run, read_runs
from fer_pipeline.params import load_params
from fer_pipeline.runtime.command import run_as_command
from fer_pipeline.runtime.notices import import_framework

DPI = 160   # of the picture: two pixels for one
FOLDER = Path(__file__).parents[2] / "results" / "fer2013"


def main(arguments: list[str]) -> None:
    """Do what the first argument names."""
    chosen = _parser().parse_args(arguments)
    if chosen.command != "keep" or chosen.weights:
        import_framework()
    if chosen.command == "keep":
        run = keep(chosen.checkout, chosen.entry, chosen.folder, chosen.name or chosen.entry, chosen.note,
                   chosen.against)
        if chosen.weights:
            _keep_weights(chosen.weights, chosen.folder / run.name)
        print(f"{chosen.folder / run.name}: {run.facts.epochs} epochs; `dvc repro results/dvc.yaml` publishes it")
    elif chosen.command == "model":
        _write_model(chosen.run, chosen.model)
    elif chosen.command == "restore":
        _restore(chosen.run, chosen.checkout, chosen.entry or chosen.run.name)
    else:
        _publish(chosen.folder, chosen.params, chosen.page, chosen.picture, chosen.costs)


def _keep_weights(model: Path, run: Path) -> None:
    import keras

    from fer_pipeline.imported_runs.weights import write_weights

    if sha256_of(model) != read_run(run, read_faces(run.parent)).facts.model_sha256:
        raise InputError(f"{model} is not the model that {run} is of. Name the one in artifacts/models of its "
                         "checkout.")
    write_weights(run, keras.models.load_model(model, compile=False).get_weights())


def _write_model(place: Path, model: Path) -> None:
    from fer_pipeline.imported_runs.weights import kept_network
    from fer_pipeline.training.archive import archive_of

    model.write_bytes(archive_of(kept_network(place, read_run(place, read_faces(place.parent)).facts.recipe)))


def _restore(place: Path, checkout: Path, entry: str) -> None:
    from fer_pipeline.imported_runs.restore import restore

    same = restore(read_run(place, read_faces(place.parent)), place, checkout, entry)
    told = "the model that was judged" if same else "the judged model in float16"
    print(f"{checkout} has {entry}, {told}; `dvc repro` goes on from there")


def _publish(folder: Path, params_file: Path, page_file: Path, picture: Path, costs: Path) -> None:
    from fer_pipeline.imported_runs.changes import changes
    from fer_pipeline.imported_runs.computing import computing_of_published, computing_of_runs, plot_computing
    from fer_pipeline.imported_runs.outcomes import results
    from fer_pipeline.imported_runs.picture import plot_among_published
    from fer_pipeline.imported_runs.publish import page
    from fer_pipeline.reporting.svg import page_style

    runs, faces, params = read_runs(folder), read_faces(folder), load_params(params_file)
    found, recipes = results(runs, faces, params.ensemble), computing_of_published(params.entries)
    page_file.write_text(page(runs, found, changes(runs, faces), recipes, picture=picture.name, costs=costs.name),
                         encoding="utf-8")
    with page_style():
        for file, figure in ((picture, plot_among_published(found)),
                             (costs, plot_computing(computing_of_runs(runs, found), recipes))):
            figure.savefig(file, dpi=DPI, metadata={"Software": None})
    print(f"{page_file}: {len(runs)} runs")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.imported_runs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kept = commands.add_parser("keep", help="write an entry of a checkout as an imported run")
    kept.add_argument("checkout", type=Path)
    kept.add_argument("entry", help="of architectures or students in its params.yaml")
    kept.add_argument("--name", help="of the run; the entry's")
    kept.add_argument("--note", default="", help="what was expected of it and what came")
    kept.add_argument("--against", metavar="RUN", help="the run of which it changes a thing, for the table of changes")
    kept.add_argument("--weights", type=Path, metavar="MODEL.keras", help="keep its weights too, in float16")
    kept.add_argument("--folder", type=Path, default=FOLDER, help="of all runs; results/fer2013 here")
    model = commands.add_parser("model", help="write the network of a run whose weights are kept")
    model.add_argument("run", type=Path, help="folder of the run")
    model.add_argument("model", type=Path, help="the .keras file to write")
    restored = commands.add_parser("restore", help="write it into a checkout as the training of an entry would")
    restored.add_argument("run", type=Path, help="folder of the run")
    restored.add_argument("checkout", type=Path, help="on the run's data, in which `dvc repro balance` ended")
    restored.add_argument("--entry", help="its name there; the run's")
    published = commands.add_parser("publish", help="write the page of all runs of a folder")
    published.add_argument("folder", type=Path)
    published.add_argument("params", type=Path, help="whose `ensemble` chooses the vote")
    published.add_argument("page", type=Path, help="the Markdown to write")
    published.add_argument("picture", type=Path, help="the PNG to write of published figures, in the page's folder")
    published.add_argument("costs", type=Path, help="the PNG to write of accuracy over operations, there too")
    return parser


if __name__ == "__main__":
    run_as_command(main)
