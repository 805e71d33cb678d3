"""`python -m fer_pipeline.away pack | train | open`: faces there, trainings there, results home."""

import argparse
import sys
from pathlib import Path

from fer_pipeline.runtime.command import run_as_command

MOST_BYTES, MOST_FILES = 16 * 2 ** 20, 8


def main(arguments: list[str]) -> None:
    """Do what the first argument names."""
    chosen = _parser().parse_args(arguments)
    {"pack": _pack, "train": _train, "one": _one, "open": _open}[chosen.command](chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.away", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    pack = commands.add_parser("pack", help="write the faces of a checkout as one picture and a table")
    pack.add_argument("checkout", type=Path, help="in which `dvc repro balance` ended")
    pack.add_argument("faces", type=Path, help="folder to write")
    for name, told in (("train", "train the runs of a plan within a time limit"), ("one", "train one of them")):
        command = commands.add_parser(name, help=told)
        command.add_argument("plan", type=Path)
        command.add_argument("faces", type=Path, help="folder that pack wrote")
        command.add_argument("out", type=Path)
        command.add_argument("--hardware", default="unknown", help="the device, in words")
        if name == "train":
            command.add_argument("--seconds", type=float, default=570, help="after which nothing runs any more")
            command.add_argument("--at-once", type=int, default=1, help="trainings side by side on the device")
        else:
            command.add_argument("name")
    opened = commands.add_parser("open", help="put what came back among the imported runs")
    opened.add_argument("parcel", type=Path)
    opened.add_argument("--runs", type=Path, default=Path("results/fer2013"))
    opened.add_argument("--models", type=Path, default=Path("build/models"))
    return parser


def _pack(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.packed_faces import pack

    pack(chosen.checkout, chosen.faces)
    print("\n".join(f"{file}: {file.stat().st_size:,} bytes" for file in sorted(chosen.faces.iterdir())))


def _train(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.plan import read_plan
    from fer_pipeline.away.session import run_all

    plan = read_plan(chosen.plan)
    command = [sys.executable, "-m", "fer_pipeline.away", "one", str(chosen.plan), str(chosen.faces), str(chosen.out),
               "--hardware", chosen.hardware]
    left = run_all(list(plan.runs), command, chosen.out, seconds=chosen.seconds, at_once=chosen.at_once,
                   most_bytes=MOST_BYTES, most_files=MOST_FILES)
    if left:
        sys.exit(f"Did not end: {', '.join(left)}")


def _one(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.one import train
    from fer_pipeline.away.plan import read_plan

    train(read_plan(chosen.plan), chosen.name, chosen.faces, chosen.out, chosen.hardware)


def _open(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.parcel import open_parcel

    for name, file in open_parcel(chosen.parcel, chosen.runs, chosen.models).items():
        print(f"{chosen.runs / name}: {file or 'its weights did not fit'}")


if __name__ == "__main__":
    run_as_command(main)
