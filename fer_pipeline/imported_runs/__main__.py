"""`python -m fer_pipeline.imported_runs keep CHECKOUT ENTRY`, and `publish`, the stage of results/dvc.yaml."""

import argparse
import sys
from pathlib import Path

from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.keep import keep
from fer_pipeline.imported_runs.outcomes import results
from fer_pipeline.imported_runs.publish import page
from fer_pipeline.imported_runs.run import read_faces, read_runs
from fer_pipeline.params import load_params

FOLDER = Path(__file__).parents[2] / "results" / "fer2013"


def main(arguments: list[str]) -> None:
    """Do what the first argument names."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "keep":
        run = keep(chosen.checkout, chosen.entry, chosen.folder, chosen.name or chosen.entry, chosen.note)
        print(f"{chosen.folder / run.name}: {run.facts.epochs} epochs; `dvc repro results/dvc.yaml` publishes it")
    else:
        runs = read_runs(chosen.folder)
        found = results(runs, read_faces(chosen.folder), load_params(chosen.params).ensemble)
        chosen.page.write_text(page(runs, found), encoding="utf-8")
        print(f"{chosen.page}: {len(runs)} runs")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.imported_runs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kept = commands.add_parser("keep", help="write an entry of a checkout as an imported run")
    kept.add_argument("checkout", type=Path)
    kept.add_argument("entry", help="of architectures or students in its params.yaml")
    kept.add_argument("--name", help="of the run; the entry's")
    kept.add_argument("--note", default="", help="what was expected of it and what came")
    kept.add_argument("--folder", type=Path, default=FOLDER, help="of all runs; results/fer2013 here")
    published = commands.add_parser("publish", help="write the page of all runs of a folder")
    published.add_argument("folder", type=Path)
    published.add_argument("params", type=Path, help="whose section `ensemble` says how the vote is chosen")
    published.add_argument("page", type=Path)
    return parser


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
