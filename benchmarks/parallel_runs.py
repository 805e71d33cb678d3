"""N equal trainings on N device slots against the same N one after another on one such slot, by real `fer train-all`.

Whole processes are timed, from their start to their end. Trainings sleep on made GPUs (`made_pipeline`, `made_gpus`),
or are real ones on slots of one CPU thread each.

    python benchmarks/parallel_runs.py                          # N = 1, 2, 4, 8, sleeping for three minutes: an hour
    python benchmarks/parallel_runs.py --slots 2 --seconds 30
    python benchmarks/parallel_runs.py --real 2000              # two LeNets of so many epochs on sample faces

The bar is 0.9 N times as fast. What it says beside that: how long it took from the start of the process to the first
training, from one training to the next where they follow one another, how far apart the first and the last start where
they do not, and from the last training to the end.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import made_pipeline  # noqa: E402
from benchmarks.made_gpus import make_gpus  # noqa: E402
from fer_pipeline.runtime import run_log  # noqa: E402

BAR = 0.9
UP_TO_TRAINING = ("acquire", "images", "votes", "census", "validate", "balance", "train")
LENET = {"architecture": "lenet5", "recipe": "benchmark", "batch_size": 32, "checkpoint": {"keep": "last"},
         "optimizer": {"name": "adam", "learning_rate": 0.001}}


@dataclass(frozen=True)
class Run:
    """One `fer train-all`, in seconds.

    Attributes:
        whole: From the start of the process to its end.
        before: From the start of the process to that of the first training.
        gap: From the end of a training to the start of the next, the median; negative where they overlap.
        spread: From the start of the first training to that of the last.
        after: From the end of the last training to that of the process.
    """

    whole: float
    before: float
    gap: float
    spread: float
    after: float


def main() -> None:
    """Run the rounds and print the tables."""
    chosen = _arguments()
    sizes = [2] if chosen.real else chosen.slots
    _head("slots", "one after another, s", "side by side, s", "times as fast", "bar", "load before")
    told = []
    for size in sizes:
        for _ in range(chosen.rounds):
            load = os.getloadavg()[0]
            one, many = _both(size, chosen)
            told.append((size, one, many))
            print(f"| {size} | {one.whole:.1f} | {many.whole:.1f} | {one.whole / many.whole:.2f} | {BAR * size:.1f} | "
                  f"{load:.1f} |", flush=True)
    print()
    _head("slots", "to the first training, s", "between two, one after another, s",
          "spread of the starts, side by side, s", "after the last, s")
    for size, one, many in told:
        print(f"| {size} | {many.before:.1f} | {one.gap:.1f} | {many.spread:.1f} | {many.after:.1f} |")


def _head(*columns: str) -> None:
    print(f"| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", nargs="+", type=int, default=[1, 2, 4, 8])
    parser.add_argument("--seconds", type=float, default=180.0, help="that a training sleeps")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--real", type=int, metavar="EPOCHS", help="two real LeNets instead, on two CPU slots")
    return parser.parse_args()


def _both(size: int, chosen: argparse.Namespace) -> tuple[Run, Run]:
    """The same trainings on one slot and on as many as there are trainings, in two copies of one checkout."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with made_pipeline.own_machine(folder, {}):
            if chosen.real:
                _make_real(folder / "checkout", size, chosen.real)
            else:
                made_pipeline.make(folder / "checkout", {f"number{index}": chosen.seconds for index in range(size)})
            _warm_up(folder)
            one, many = folder / "one_after_another", folder / "side_by_side"
            return _run(folder, one, 1, real=bool(chosen.real)), _run(folder, many, size, real=bool(chosen.real))


def _warm_up(folder: Path) -> None:
    """Prefect makes its database when it first starts, which is no part of any later run."""
    made_pipeline.make(folder / "warm", {"nothing": 0.0})
    _timed(folder / "warm", os.environ | {"CUDA_VISIBLE_DEVICES": "-1"})


def _run(folder: Path, checkout: Path, slots: int, *, real: bool) -> Run:
    shutil.copytree(folder / "checkout", checkout, symlinks=True)
    environment = os.environ | {"FER_SLOTS": str(slots), "CUDA_VISIBLE_DEVICES": "-1"} if real else make_gpus(
        folder / f"gpus{slots}", range(slots))
    began, whole = _timed(checkout, environment)
    records = run_log.read(checkout / run_log.stages_log())
    times = sorted((datetime.fromisoformat(record["started"]).timestamp() - began, record["seconds"])
                   for record in records if record["stage"].startswith("train@") and record["succeeded"])
    starts, ends = [start for start, _ in times], [start + seconds for start, seconds in times]
    gaps = [start - end for start, end in zip(starts[1:], ends[:-1], strict=True)] or [0.0]
    return Run(whole, starts[0], statistics.median(gaps), starts[-1] - starts[0], whole - max(ends))


def _timed(checkout: Path, environment: dict[str, str]) -> tuple[float, float]:
    """When it began, by the clock of the run log, and how long it took."""
    began, started = time.time(), time.monotonic()
    command = [sys.executable, "-m", "fer_pipeline.cli", "train-all"]
    done = subprocess.run(command, cwd=checkout, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(done.stdout)
    return began, time.monotonic() - started


def _make_real(checkout: Path, trainings: int, epochs: int) -> None:
    """A checkout of the pipeline up to equal LeNets on sample faces, everything before them done."""
    made_pipeline.copy_project(checkout)
    for file, change in (("params.yaml", lambda params: _equal_lenets(params, trainings, epochs)),
                         ("dvc.yaml", _only_up_to_training)):
        yaml = YAML(typ="safe")
        content = yaml.load(ROOT / file)
        change(content)
        yaml.dump(content, checkout / file)
    made_pipeline.commit(checkout)
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet", "balance"], cwd=checkout, check=True,
                   stdout=subprocess.DEVNULL, env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"})


def _equal_lenets(params: dict, trainings: int, epochs: int) -> None:
    params["architectures"] = {f"lenet{index}": LENET | {"epochs": epochs} for index in range(trainings)}
    params["students"] = {}


def _only_up_to_training(pipeline: dict) -> None:
    pipeline["stages"] = {name: pipeline["stages"][name] for name in UP_TO_TRAINING}
    for section in set(pipeline) - {"stages", "vars"}:
        del pipeline[section]


if __name__ == "__main__":
    main()
