"""Device slots: at most as many stages compute at once as the machine has devices for.

A slot is an operating-system lock on a file in a per-machine folder, taken by the stage process itself before it
imports a framework and kept for life. However the process dies, the kernel frees the slot: no counter needs repair.
"""

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.folders import slots_folder

POLL_SECONDS = 0.5
SHARE_MEMORY = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@dataclass(frozen=True)
class Slot:
    """A share of the machine that one training owns.

    Attributes:
        name: `cpu:0` or `gpu:0`.
        environment: Variables that show the framework this device and no other.
    """

    name: str
    environment: dict[str, str]


def machine_slots(threads: int) -> list[Slot]:
    """One slot a visible GPU; without a GPU one for every `threads` cores, at least one.

    `FER_SLOTS` sets the number of CPU slots.
    """
    gpus = visible_gpus()
    if gpus:
        return [Slot(f"gpu:{gpu}", {"CUDA_VISIBLE_DEVICES": gpu, **SHARE_MEMORY}) for gpu in gpus]
    return [Slot(f"cpu:{index}", {"CUDA_VISIBLE_DEVICES": "-1"}) for index in range(_cpu_slots(threads))]


def visible_gpus() -> list[str]:
    """Identifiers of the NVIDIA GPUs that this process may use, without importing a framework."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        listed = (gpu.strip() for gpu in os.environ["CUDA_VISIBLE_DEVICES"].split(","))
        return [gpu for gpu in listed if gpu not in ("", "-1")]
    try:
        listing = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return [str(index) for index, line in enumerate(listing.stdout.splitlines()) if line.startswith("GPU ")]


def _cpu_slots(threads: int) -> int:
    wanted = os.environ.get("FER_SLOTS")
    if wanted is None:
        return max(1, len(os.sched_getaffinity(0)) // threads)
    if not wanted.isdecimal() or int(wanted) < 1:
        raise InputError(f"FER_SLOTS is {wanted!r}; allowed is a whole number from 1. Correct or unset it.")
    return int(wanted)


@contextmanager
def device_slot(threads: int, owner: str) -> Iterator[Slot]:
    """Take a free slot, waiting for one if need be, and show its device to the framework."""
    slots = machine_slots(threads)
    slot, lock = _take_any(slots, owner)
    try:
        os.environ.update(slot.environment)
        yield slot
    finally:
        lock.close()


def _take_any(slots: list[Slot], owner: str) -> tuple[Slot, IO[str]]:
    said = False
    while True:
        for slot in slots:
            if (lock := _try_lock(slot, owner)) is not None:
                return slot, lock
        if not said:
            print(f"Waiting for a device slot. Taken: {', '.join(map(_holder, slots))}.", flush=True)
            said = True
        time.sleep(POLL_SECONDS)


def _try_lock(slot: Slot, owner: str) -> IO[str] | None:
    file = _lock_file(slot)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(f"pid {os.getpid()}, {owner}")
    lock.flush()
    return lock


def _lock_file(slot: Slot) -> Path:
    return slots_folder() / f"{slot.name.replace(':', '-').replace('/', '-')}.lock"


def _holder(slot: Slot) -> str:
    return f"{slot.name} by {_lock_file(slot).read_text() or 'a starting stage'}"
