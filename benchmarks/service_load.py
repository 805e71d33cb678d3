"""The service under load on loopback: how many requests a second, how long one takes, and whether memory stays flat.

    python benchmarks/service_load.py                       # 5,000 crops, then 300 photographs, four clients
    python benchmarks/service_load.py --model FILE --crops 1000 --photos 0 --at-once 8

`fer serve` runs in a process of its own; the clients are coroutines of this one, each with a connection that is kept.
Crops are random grey levels of 48 px; the photograph is scikit-image's astronaut, 512 px. Memory is the resident set
of the service, read after the first 200 requests and after the last. CPU is what the service itself used for a request,
which other work on the machine changes less than what a clock says.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import psutil
from PIL import Image
from skimage import data

ROOT = Path(__file__).parents[1]
WARM_UP = 200
MEGABYTE = 2 ** 20


def main() -> None:
    """Start a service, ask it, and print a table."""
    chosen = _arguments()
    model = ["--model", str(chosen.model.resolve())] if chosen.model else []
    command = [sys.executable, "-m", "fer_pipeline.cli", "serve", "--port", "0", "--per-minute", "0", *model]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}) as service:
        try:
            said = service.stdout.readline() if service.stdout else ""
            address, process = said.split(" answers at ")[1].split(";")[0], psutil.Process(service.pid)
            print(f"{said.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {chosen.at_once} clients")
            print("| asked | requests | a second | p50 | p95 | CPU each | MB before | MB after | refused |\n"
                  + "|---" * 9 + "|")
            noise = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
            for name, query, picture, number in (
                    ("crop, all views", {"cropped": True}, noise, chosen.crops),
                    ("crop, one view", {"cropped": True, "all_views": False}, noise, chosen.crops),
                    ("photograph, all views", {}, data.astronaut(), chosen.photos),
                    ("photograph, one view", {"all_views": False}, data.astronaut(), chosen.photos)):
                if number:
                    print(asyncio.run(_row(name, address, query, picture, number, chosen.at_once, process)), flush=True)
        finally:
            service.terminate()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--crops", type=int, default=5000)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=4)
    return parser.parse_args()


async def _row(name: str, address: str, query: dict[str, bool], picture: np.ndarray, number: int, at_once: int,
               process: psutil.Process) -> str:
    content = BytesIO()
    Image.fromarray(picture).save(content, "PNG" if picture.ndim == 2 else "JPEG")
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        await _ask(client, query, content.getvalue(), min(WARM_UP, number), at_once)
        before, spent, started = process.memory_info().rss, _cpu_seconds(process), time.monotonic()
        taken, refused = await _ask(client, query, content.getvalue(), number, at_once)
    rate, after = number / (time.monotonic() - started), process.memory_info().rss
    each = (_cpu_seconds(process) - spent) / number * 1000
    p50, p95 = np.percentile(taken, [50, 95]) * 1000
    return (f"| {name} | {number:,} | {rate:.1f} | {p50:.0f} ms | {p95:.0f} ms | {each:.0f} ms | "
            f"{before / MEGABYTE:.0f} | {after / MEGABYTE:.0f} | {refused} |")


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _ask(client: httpx.AsyncClient, query: dict[str, bool], content: bytes, number: int,
               at_once: int) -> tuple[list[float], int]:
    """Seconds of each request, and how many were not answered with 200."""
    left, taken, refused = iter(range(number)), [], 0

    async def one_client() -> None:
        nonlocal refused
        for _ in left:
            started = time.monotonic()
            answer = await client.post("/predict", params=query, files={"pictures": ("p", content)})
            taken.append(time.monotonic() - started)
            refused += answer.status_code != 200

    await asyncio.gather(*(one_client() for _ in range(at_once)))
    return taken, refused


if __name__ == "__main__":
    main()
