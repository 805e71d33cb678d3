"""How long many trainings take on how many GPUs: a simulation of the queue, as a Markdown table.

    fer models --json > models.json
    python benchmarks/cluster_sizes.py models.json
    python benchmarks/cluster_sizes.py models.json --gpus 8 64 --gpu_tflops 20 --mean_gpu_hours_to_failure 100

Every architecture trains with every seed, each training followed by its evaluate and judge, as `run.runner: ray` runs
them: the driver does one thing at a time (settle, send, take back), twice as many stages are under way as there are
GPUs, a GPU is held while its node pulls and pushes, nodes keep nothing they pulled, the DVC remote serves one transfer
after another, and a stage whose node fails is run again by another run of the flow. Only a training that comes back to
its own node goes on; one in eight here.

Architectures are drawn with the epochs of profile fer2013's entries and the FLOPs of `fer models`, times a factor of
width. What is measured and what is assumed stands beside each figure below and in docs/clusters.md.
"""

import argparse
import heapq
import itertools
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from ruamel.yaml import YAML

PROFILE = Path(__file__).parents[1] / "profiles" / "fer2013.yaml"
TRAINING, EVALUATED, JUDGED = 28_709, 28_709 + 3_589, 3_589     # faces
WAYS = 3                # FLOPs of a training step over those of its forward pass
VIEWS = 10              # of each face in evaluate and judge
BYTES_A_PARAMETER = 4
FACES_MB = (74.7, 74.7, 8.4)        # that train, evaluate and judge read: measured, sizes in the real run's dvc.lock
HOUR = 3600.0


@dataclass(frozen=True)
class Work:
    """One stage: seconds on a GPU, megabytes to pull and to push."""

    seconds: float
    pulled: float
    pushed: float


@dataclass
class Server:
    """Serves one after another: the driver, or the remote."""

    free_at: float = 0.0
    busy: float = 0.0

    def serve(self, now: float, seconds: float) -> float:
        self.free_at = max(now, self.free_at) + seconds
        self.busy += seconds
        return self.free_at


@dataclass
class Queue:
    """The simulation: time, events, who is under way."""

    chosen: argparse.Namespace
    order: str
    gpus: int
    chance: random.Random
    now: float = 0.0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    number: itertools.count = field(default_factory=itertools.count)
    driver: Server = field(default_factory=Server)
    remote: Server = field(default_factory=Server)
    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    ready: list[tuple[float, int, list[Work]]] = field(default_factory=list)
    under_way: int = 0
    free: int = 0
    busy: float = 0.0
    failed: list[list[Work]] = field(default_factory=list)
    failures: int = 0

    def run(self, chains: list[list[Work]]) -> None:
        """Run every chain of stages; then, as another run of the flow, those that failed."""
        self.free = self.gpus
        while chains:
            for chain in chains:
                self._make_ready(chain)
            self._fill()
            while self.events:
                self.now, _, event = heapq.heappop(self.events)
                event()
            chains, self.failed = self.failed, []

    def _make_ready(self, chain: list[Work]) -> None:
        length = -sum(work.seconds for work in chain) if self.order == "longest first" else 0.0
        heapq.heappush(self.ready, (length, next(self.number), chain))

    def _fill(self) -> None:
        while self.ready and self.under_way < 2 * self.gpus:
            self.under_way += 1
            _, _, chain = heapq.heappop(self.ready)
            self._at(self.driver.serve(self.now, self.chosen.driver_seconds / 2), lambda chain=chain: self._ask(chain))

    def _ask(self, chain: list[Work]) -> None:
        self.waiting.append(lambda: self._start(chain))
        self._give()

    def _give(self) -> None:
        while self.free and self.waiting:
            self.free -= 1
            self.waiting.popleft()()

    def _start(self, chain: list[Work]) -> None:
        work, began = chain[0], self.now
        pulled = self.remote.serve(self.now, work.pulled / self.chosen.remote_mb_s)
        seconds = self.chosen.overhead_seconds + work.seconds * self.chance.lognormvariate(0, self.chosen.spread)
        lasts = self.chance.expovariate(1 / (self.chosen.mean_gpu_hours_to_failure * HOUR))
        if lasts < seconds:
            self._at(pulled + lasts, lambda: self._fail(chain, began, lasts / seconds))
        else:
            self._at(pulled + seconds, lambda: self._push(chain, began))

    def _push(self, chain: list[Work], began: float) -> None:
        self._at(self.remote.serve(self.now, chain[0].pushed / self.chosen.remote_mb_s),
                 lambda: self._computed(chain, began))

    def _computed(self, chain: list[Work], began: float) -> None:
        self._leave(began)
        self._at(self.driver.serve(self.now, self.chosen.driver_seconds / 2), lambda: self._done(chain))

    def _fail(self, chain: list[Work], began: float, share: float) -> None:
        """Its node is another's at once; what it had done counts only on its own."""
        work, kept = chain[0], share if self.chance.random() < 1 / 8 else 0.0
        self.failures += 1
        rest = [Work(work.seconds * (1 - kept), work.pulled, work.pushed), *chain[1:]]
        self._leave(began)
        if self.chosen.restart == "at_once":
            self._make_ready(rest)
        else:
            self.failed.append(rest)
        self.under_way -= 1
        self._fill()

    def _leave(self, began: float) -> None:
        self.busy += self.now - began
        self.free += 1
        self._give()

    def _done(self, chain: list[Work]) -> None:
        self.under_way -= 1
        if chain[1:]:
            self._make_ready(chain[1:])
        self._fill()

    def _at(self, when: float, event: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self.number), event))


def chains(chosen: argparse.Namespace, seed: int) -> list[list[Work]]:
    """train, evaluate and judge of every architecture with every seed, in the order of params.yaml."""
    networks = {one["name"]: one for one in json.loads(chosen.models.read_text())}
    recipes = [(networks[entry["architecture"]], entry["epochs"])
               for entry in YAML(typ="safe").load(PROFILE)["architectures"].values()]
    chance = random.Random(seed)
    drawn = [(*recipes[index % len(recipes)], chance.lognormvariate(0, 0.5)) for index in range(chosen.architectures)]
    return [_chain(chosen, network["flops"] * width, network["parameters"] * width, epochs)
            for network, epochs, width in drawn for _ in range(chosen.seeds)]


def _chain(chosen: argparse.Namespace, flops: float, parameters: float, epochs: int) -> list[Work]:
    rate = min(chosen.most_faces_s, chosen.gpu_tflops * 1e12 / (WAYS * flops))
    model = parameters * BYTES_A_PARAMETER / 1e6
    seconds = (TRAINING * epochs / rate, *(faces * VIEWS / (WAYS * rate) for faces in (EVALUATED, JUDGED)))
    pulled = (FACES_MB[0], FACES_MB[1] + model, FACES_MB[2] + model)
    return [Work(*stage) for stage in zip(seconds, pulled, (model, 0.2, 0.2), strict=True)]


def row(chosen: argparse.Namespace, gpus: int, order: str) -> str:
    """Simulations with `--runs` seeds as a row: means, and the range of hours."""
    hours, least, held, driver, remote, failures = zip(*(
        _simulated(chosen, gpus, order, seed) for seed in range(1, chosen.runs + 1)), strict=True)
    return (f"| {gpus} | {order} | {fmean(hours):,.1f} ({min(hours):,.1f} to {max(hours):,.1f}) | {fmean(least):,.1f} "
            f"| {fmean(held):.0%} | {fmean(driver):.0%} | {fmean(remote):.0%} | {fmean(failures):.0f} |")


def _simulated(chosen: argparse.Namespace, gpus: int, order: str, seed: int) -> tuple[float, ...]:
    work = chains(chosen, seed)
    queue = Queue(chosen, order, gpus, random.Random(seed))
    queue.run(work)
    total = sum(one.seconds for chain in work for one in chain)
    least = max(total / gpus, *(sum(one.seconds for one in chain) for chain in work))
    return (queue.now / HOUR, least / HOUR, queue.busy / gpus / queue.now, queue.driver.busy / queue.now,
            queue.remote.busy / queue.now, queue.failures)


def main() -> None:
    """Print the table."""
    chosen = _arguments()
    print("| GPUs | order | hours | least possible | GPUs held | driver busy | remote busy | stages that failed |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |")
    for gpus, order in itertools.product(chosen.gpus, ("longest first", "as listed")):
        print(row(chosen, gpus, order), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="what `fer models --json` printed")
    parser.add_argument("--gpus", type=int, nargs="+", default=[1, 8, 64, 256])
    parser.add_argument("--architectures", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--gpu_tflops", type=float, default=10, help="sustained; assumed")
    parser.add_argument("--most_faces_s", type=float, default=20_000, help="a second and GPU, of small nets; assumed")
    parser.add_argument("--spread", type=float, default=0.1, help="of equal trainings' times (log); assumed")
    parser.add_argument("--overhead_seconds", type=float, default=20, help="of a stage on its node, beside computing")
    parser.add_argument("--driver_seconds", type=float, default=1, help="of the driver for a stage")
    parser.add_argument("--remote_mb_s", type=float, default=100, help="of the DVC remote, all nodes together; assumed")
    parser.add_argument("--restart", choices=["next_run", "at_once"], default="next_run",
                        help="of a stage whose node failed; at_once is what this project does not do")
    parser.add_argument("--mean_gpu_hours_to_failure", type=float, default=100, help="assumed")
    parser.add_argument("--runs", type=int, default=20, help="simulations, each with other architectures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
