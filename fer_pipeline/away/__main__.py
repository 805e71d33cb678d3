"""`python -m fer_pipeline.away pack | teach | train | open | again`: faces there, trainings there, results home."""

import argparse
import sys
from pathlib import Path

from fer_pipeline.runtime.command import run_as_command
from fer_pipeline.runtime.notices import import_framework

MOST_BYTES, MOST_FILES = 16 * 2 ** 20, 8


def main(arguments: list[str]) -> None:
    """Do what the first argument names."""
    chosen = _parser().parse_args(arguments)
    if chosen.command != "pack":
        import_framework()
    DO[chosen.command](chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fer_pipeline.away", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    pack = commands.add_parser("pack", help="write the faces of a checkout as one picture and a table")
    pack.add_argument("checkout", type=Path, help="in which `dvc repro balance` ended")
    pack.add_argument("faces", type=Path, help="folder to write")
    teach = commands.add_parser("teach", help="write what imported runs say of packed faces, for students to learn")
    teach.add_argument("faces", type=Path, help="folder that pack wrote")
    teach.add_argument("runs", type=Path, nargs="+", help="their folders, weights in them; named twice: two votes")
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
    again = commands.add_parser("again", help="judge a run's kept network anew, as a run of its own beside it")
    again.add_argument("faces", type=Path, help="folder that pack wrote")
    again.add_argument("run", type=Path, help="its folder, weights in it")
    again.add_argument("name", help="of the new run")
    again.add_argument("--test-time", help="as in params.yaml: '{horizontal_flip: true, zoom: 0.08}'")
    again.add_argument("--precise-batch-norm", action="store_true", help="with statistics of Training as it is")
    again.add_argument("--note", default="", help="what is expected of it")
    again.add_argument("--threads", type=int, default=1)
    return parser


def _pack(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.packed_faces import pack

    pack(chosen.checkout, chosen.faces)
    print("\n".join(f"{file}: {file.stat().st_size:,} bytes" for file in sorted(chosen.faces.iterdir())))


def _teach(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.teaching import teach

    as_labelled = teach(chosen.faces, chosen.runs)
    print(f"Of the Training faces {', '.join(place.name for place in chosen.runs)} call {as_labelled:.1%} as labelled")


def _train(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.plan import read_plan, unfinished
    from fer_pipeline.away.session import run_all

    plan = read_plan(chosen.plan)
    command = [sys.executable, "-m", "fer_pipeline.away", "one", str(chosen.plan), str(chosen.faces), str(chosen.out),
               "--hardware", chosen.hardware]
    left = run_all(unfinished(plan, chosen.out), command, chosen.out, seconds=chosen.seconds, at_once=chosen.at_once,
                   most_bytes=MOST_BYTES, most_files=MOST_FILES)
    if left:
        sys.exit(f"Did not end: {', '.join(left)}")


def _one(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.one import train
    from fer_pipeline.away.plan import read_plan
    from fer_pipeline.away.session import end_with_session

    end_with_session()
    train(read_plan(chosen.plan), chosen.name, chosen.faces, chosen.out, chosen.hardware)


def _open(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.parcel import open_parcel

    for name, file in open_parcel(chosen.parcel, chosen.runs, chosen.models).items():
        print(f"{chosen.runs / name}: {file or 'its weights did not fit'}")


def _again(chosen: argparse.Namespace) -> None:
    from fer_pipeline.away.again import judge_again, read_test_time
    from fer_pipeline.labels import Usage

    test_time = read_test_time(chosen.test_time) if chosen.test_time else None
    run = judge_again(chosen.faces, chosen.run, chosen.name, test_time=test_time, note=chosen.note,
                      precise_batch_norm=chosen.precise_batch_norm, threads=chosen.threads)
    guides = run.predictions[Usage.PUBLIC_TEST]
    right = (guides.emotion_pred == guides.emotion_true).mean()
    print(f"{chosen.run.parent / run.name}: PublicTest {right:.1%} by {guides.views} views")


DO = {"pack": _pack, "teach": _teach, "train": _train, "one": _one, "open": _open, "again": _again}


if __name__ == "__main__":
    run_as_command(main)
