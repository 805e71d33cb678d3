"""What this machine is called, and how busy others keep it while something is measured."""

import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from fer_pipeline.runtime.devices import visible_names


def processor() -> str:
    """The processor by name, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def gpu() -> str:
    """The first GPU that this process may use, by name; `GPU` where nvidia-smi cannot tell."""
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader", f"--id={next(iter(visible_names() or []), 0)}"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "GPU"
    return told.stdout.strip() if told.returncode == 0 and told.stdout.strip() else "GPU"


@contextmanager
def other_work() -> Iterator[dict[str, Any]]:
    """Tell, once the block has ended, how much else the machine did meanwhile.

    Yields:
        Filled at the end: `cores` of the machine, `others`, how many of them other processes kept busy on average, and
        `load`, the load average of the minute before the block, in which this process counts too. What waits for
        memory or for a shared cache is in none of them.
    """
    told: dict[str, Any] = {"cores": psutil.cpu_count(), "load": round(os.getloadavg()[0], 2)}
    psutil.cpu_percent()
    started, own = time.monotonic(), time.process_time()
    yield told
    busy = psutil.cpu_percent() / 100 * told["cores"]
    own_share = (time.process_time() - own) / max(time.monotonic() - started, 1e-9)
    told["others"] = round(max(busy - own_share, 0.0), 2)
