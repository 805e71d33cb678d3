"""What Prefect costs: stages run by the flow against the same by `dvc repro`, and a run that has nothing to do.

    python benchmarks/overhead.py                   # five rounds of a made pipeline of ten stages that do nothing
    python benchmarks/overhead.py --checkout DIR    # also: nothing to do in a copy of a finished checkout

Whole processes are timed, in turn, round after round: the median, the lowest and the highest. The flow starts a
temporary Prefect server unless one runs; with one running it is timed too.

What a stage costs through Prefect: (flow from scratch - flow with nothing to do - each stage by DVC) / stages.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import made_pipeline  # noqa: E402

TRAININGS = [f"number{index}" for index in range(8)]
STAGES = ["prepare", *(f"train@{name}" for name in TRAININGS), "gather"]
FLOW = ("fer_pipeline.cli", "train-all")
SERVER_SECONDS = 120.0


def main() -> None:
    """Run the rounds and print the table."""
    chosen = _arguments()
    one_cpu_slot = {"CUDA_VISIBLE_DEVICES": "-1", "FER_SLOTS": "1"}
    with tempfile.TemporaryDirectory() as made, made_pipeline.own_machine(Path(made), one_cpu_slot):
        taken = _rounds(Path(made), chosen.rounds)
        if chosen.checkout:
            taken |= _nothing_to_do(_copy(chosen.checkout, Path(made)), chosen.rounds, f" in {chosen.checkout.name}")
    print(f"Load average: {os.getloadavg()[0]:.1f}\n\n| what | median, s | lowest | highest |")
    print("| --- | --- | --- | --- |")
    for name, seconds in taken.items():
        print(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--checkout", type=Path, help="a finished one; it is copied")
    return parser.parse_args()


def _rounds(folder: Path, number: int) -> dict[str, list[float]]:
    """Every way in a new checkout each round, the first of them after a run that makes Prefect's database."""
    _seconds(_new(folder, "warm"), *FLOW)
    taken: dict[str, list[float]] = {}
    ways = {"`fer train-all`, ten stages that do nothing": _flow, "each of them by `dvc repro --single-item`": _single,
            "`dvc repro`, all of them": _repro}
    for index in range(number):
        for way, (name, run) in enumerate(ways.items()):
            taken.setdefault(name, []).append(run(_new(folder, f"round{index}way{way}")))
    taken |= _nothing_to_do(folder / "warm", number, " in the made pipeline")
    flow, single, idle = (statistics.median(taken[name]) for name in (
        *list(ways)[:2], "nothing to do: `fer train-all` in the made pipeline"))
    taken["**a stage through Prefect, more than by DVC**"] = [(flow - single - idle) / len(STAGES)]
    return taken


def _new(folder: Path, name: str) -> Path:
    made_pipeline.make(folder / name, dict.fromkeys(TRAININGS, 0.0))
    return folder / name


def _copy(checkout: Path, folder: Path) -> Path:
    return Path(shutil.copytree(checkout, folder / "finished", symlinks=True))


def _flow(checkout: Path) -> float:
    return _seconds(checkout, *FLOW)


def _single(checkout: Path) -> float:
    return sum(_seconds(checkout, "dvc", "repro", "--single-item", stage) for stage in STAGES)


def _repro(checkout: Path) -> float:
    return _seconds(checkout, "dvc", "repro")


def _nothing_to_do(checkout: Path, number: int, where: str) -> dict[str, list[float]]:
    """The flow, with its own server and with one that runs, and DVC, where everything is up to date."""
    ways: dict[str, Callable[[], float]] = {
        "`fer train-all`": lambda: _seconds(checkout, *FLOW),
        "`dvc repro`": lambda: _seconds(checkout, "dvc", "repro"),
        "`dvc status`": lambda: _seconds(checkout, "dvc", "status"),
    }
    for run in ways.values():
        run()       # reads what is new on this machine
    taken: dict[str, list[float]] = {f"nothing to do: {name}{where}": [] for name in ways}
    for _ in range(number):
        for name, run in ways.items():
            taken[f"nothing to do: {name}{where}"].append(run())
    with _server():
        taken[f"nothing to do: `fer train-all`, a server running{where}"] = [ways["`fer train-all`"]()
                                                                             for _ in range(number)]
    return taken


@contextmanager
def _server() -> Iterator[None]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/health")
            yield
        finally:
            del os.environ["PREFECT_API_URL"]
            server.terminate()


def _wait_for(address: str) -> None:
    end = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"no Prefect server at {address} within {SERVER_SECONDS:g} s")


def _seconds(checkout: Path, *command: str) -> float:
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *command], cwd=checkout, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(done.stdout)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
