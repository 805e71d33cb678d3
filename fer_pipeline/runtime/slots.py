"""Device slots: at most as many stages compute at once as the machine has devices for.

A slot is a lock that the stage process itself takes before it imports a framework, and keeps for life. However the
process dies, the slot is free.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.devices import ON_THE_CPU, VARIABLE, Gpu, visible_gpus
from fer_pipeline.runtime.locks import guard_folder, try_lock, words_of

POLL_SECONDS = 0.5
SHARE_MEMORY = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@dataclass(frozen=True)
class Slot:
    """A share of the machine that one training owns.

    Attributes:
        name: `cpu:0`, `gpu:0`, or `gpu:0/1`, one of several on a GPU.
        environment: Variables that show the framework this device and no other.
        lock: What it holds alone.
        shared_lock: What it holds with the other slots of its GPU, against someone who wants the whole GPU.
    """

    name: str
    environment: dict[str, str]
    lock: str
    shared_lock: str | None = None

    def try_take(self, owner: str) -> ExitStack | None:
        """Take it; it is held until the returned stack is closed. None if someone else has it."""
        words = f"pid {os.getpid()}, {owner}"
        with ExitStack() as held:
            for name in filter(None, (self.shared_lock, self.lock)):
                if (lock := try_lock(name, words, shared=name == self.shared_lock)) is None:
                    return None
                held.enter_context(lock)
            held.callback(os.close, guard_folder())
            return held.pop_all()
        return None

    def holder(self) -> str:
        """Who has it, in words."""
        return f"{self.name} by {words_of(self.lock) or words_of(self.shared_lock or '') or 'a starting stage'}"


def machine_slots(threads: int, slots_per_gpu: int) -> list[Slot]:
    """So many slots a visible GPU, first one of each; without a GPU one for every `threads` cores, at least one.

    `FER_SLOTS` sets the number of CPU slots.

    Raises:
        InputError: FER_SLOTS is no number, or the GPUs cannot be told.
    """
    if gpus := visible_gpus():
        return [_gpu_slot(gpu, share, slots_per_gpu) for share in range(slots_per_gpu) for gpu in gpus]
    return [Slot(f"cpu:{index}", {VARIABLE: "-1"}, f"cpu-{index}") for index in range(_cpu_slots(threads))]


def _gpu_slot(gpu: Gpu, share: int, shares: int) -> Slot:
    """Locked under the UUID: indices differ between containers, and by what CUDA_VISIBLE_DEVICES names."""
    environment = {VARIABLE: gpu.uuid, **SHARE_MEMORY}
    if shares == 1:
        return Slot(f"gpu:{gpu.name}", environment, gpu.uuid)
    return Slot(f"gpu:{gpu.name}/{share}", environment, f"{gpu.uuid}-share-{share}", gpu.uuid)


def _cpu_slots(threads: int) -> int:
    wanted = os.environ.get("FER_SLOTS")
    if wanted is None:
        return max(1, len(os.sched_getaffinity(0)) // threads)
    if not wanted.isdecimal() or int(wanted) < 1:
        raise InputError(f"FER_SLOTS is {wanted!r}; allowed is a whole number from 1. Correct or unset it.")
    return int(wanted)


@contextmanager
def device_slot(threads: int, slots_per_gpu: int, owner: str) -> Iterator[Slot]:
    """Take a free slot, waiting for one if need be, and show its device to the framework."""
    slots = machine_slots(threads, slots_per_gpu)
    taken = _first_free(slots, owner)
    while taken is None:
        print(f"Waiting for a device slot. Taken: {', '.join(slot.holder() for slot in slots)}.", flush=True)
        taken = _wait(slots, owner)
        slots = _still_there(slots, machine_slots(threads, slots_per_gpu))
        if taken[0] not in slots:       # its GPU went away while this one waited
            taken[1].close()
            taken = _first_free(slots, owner)
    slot, held = taken
    with held:
        os.environ.update(slot.environment)
        yield slot


def _first_free(slots: list[Slot], owner: str) -> tuple[Slot, ExitStack] | None:
    for slot in slots:
        if (held := slot.try_take(owner)) is not None:
            return slot, held
    return None


def _wait(slots: list[Slot], owner: str) -> tuple[Slot, ExitStack]:
    while (taken := _first_free(slots, owner)) is None:
        time.sleep(POLL_SECONDS)
    return taken


def _still_there(before: list[Slot], now: list[Slot]) -> list[Slot]:
    if before[0].name.startswith("gpu") and not now[0].name.startswith("gpu"):
        raise InputError(f"The GPUs that this stage waited for are gone: {', '.join(slot.name for slot in before)}. "
                         f"Repair them and run again. {ON_THE_CPU}.")
    return now
