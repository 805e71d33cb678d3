"""The machine's NVIDIA GPUs and which of them this process may use, told by nvidia-smi: no framework is imported."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from fer_pipeline.errors import InputError

VARIABLE = "CUDA_VISIBLE_DEVICES"
LISTING = ("nvidia-smi", "--list-gpus")
MOST_SECONDS = 60       # a GPU that fell off the bus can make nvidia-smi hang
GPU_LINE = re.compile(r"GPU (\d+): .*\(UUID: ([^)]+)\)$")
MIG_LINE = re.compile(r"\s+MIG .*\(UUID: ([^)]+)\)$")     # an instance of the GPU above it
NO_GPU = re.compile(r"No devices (were )?found\.?")
ON_THE_CPU = f"Set {VARIABLE}=-1 to train on the CPU"


@dataclass(frozen=True)
class Gpu:
    """A GPU, or an instance of one that is partitioned (MIG).

    Attributes:
        index: By which nvidia-smi knows the GPU, in the order of the bus.
        of_gpu: UUID of the GPU, `GPU-…`.
        instance: UUID of the instance, `MIG-…`.
    """

    index: str
    of_gpu: str
    instance: str | None = None

    @property
    def uuid(self) -> str:
        """By which CUDA, NVML and nvidia-smi know it, whatever order they count in."""
        return self.instance or self.of_gpu

    @property
    def name(self) -> str:
        """As people call it: the index, or the UUID of an instance, of which one index may have several."""
        return self.instance or self.index

    def is_named(self, name: str) -> bool:
        """Whether CUDA_VISIBLE_DEVICES means it: by index, UUID, or the beginning of a UUID."""
        by_uuid = name.startswith(("GPU-", "MIG-")) and any(uuid.startswith(name) for uuid in (self.of_gpu, self.uuid))
        return by_uuid or name == self.index


def visible_gpus() -> list[Gpu]:
    """GPUs that this process may use: those of the machine, or of them those that CUDA_VISIBLE_DEVICES names.

    A GPU that is named and gone is left out, which is said, and so are all behind a negative number, as CUDA does it.

    Raises:
        InputError: nvidia-smi fails, or CUDA_VISIBLE_DEVICES names GPUs and none of them is there.

    Source: CUDA programming guide, environment variables.
    """
    names = visible_names()
    if names == []:
        return []
    found = installed_gpus()
    return found if names is None else _named(names, found)


def require_seen(device: str) -> None:
    """Of a stage on a GPU slot, once its framework is imported: TensorFlow without CUDA would train on the CPU unasked.

    Raises:
        InputError: TensorFlow sees no GPU on the slot `gpu:…`.
    """
    tensorflow = sys.modules.get("tensorflow")
    if device.startswith("gpu") and tensorflow is not None and not tensorflow.config.list_physical_devices("GPU"):
        raise InputError(f"TensorFlow {tensorflow.__version__} sees no GPU on the slot {device} "
                         f"({VARIABLE}={os.environ.get(VARIABLE)}), which nvidia-smi lists. Install its CUDA libraries "
                         f"(pip install 'tensorflow[and-cuda]=={tensorflow.__version__}') or repair the driver. "
                         f"{ON_THE_CPU}.")


def visible_names() -> list[str] | None:
    """What CUDA_VISIBLE_DEVICES names, up to a negative number; None if it is not set."""
    if VARIABLE not in os.environ:
        return None
    names = [name.strip() for name in os.environ[VARIABLE].split(",")]
    negative = next((position for position, name in enumerate(names) if name.startswith("-")), len(names))
    return [name for name in names[:negative] if name]


def _named(names: list[str], found: list[Gpu]) -> list[Gpu]:
    chosen = {name: _meant(name, found) for name in names}
    gone = [name for name in names if not chosen[name]]
    if gone == names:
        raise InputError(f"{VARIABLE} names {', '.join(names)}, and nvidia-smi lists "
                         f"{', '.join(f'{gpu.index} ({gpu.uuid})' for gpu in found) or 'no GPU'}. Name one of these, "
                         f"or unset it to use all. {ON_THE_CPU}.")
    if gone:
        print(f"{VARIABLE} names {', '.join(gone)}, which nvidia-smi does not list: left out.", flush=True)
    return list(dict.fromkeys(gpu for name in names for gpu in chosen[name]))


def _meant(name: str, found: list[Gpu]) -> list[Gpu]:
    """The GPU of that name, or every instance of a partitioned one; an instance that is not listed passes as it is."""
    meant = [gpu for gpu in found if gpu.is_named(name)]
    return meant or ([Gpu(name, name, name)] if name.startswith("MIG-") else [])


def installed_gpus() -> list[Gpu]:
    """Every GPU of the machine, and of a partitioned one its instances; none where there is no nvidia-smi.

    Raises:
        InputError: nvidia-smi is there and fails: no reason to train on the CPU unasked.

    Source: nvidia-smi(1), --list-gpus.
    """
    try:
        told = subprocess.run(LISTING, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=MOST_SECONDS)
    except FileNotFoundError:
        return []
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"`{' '.join(LISTING)}` failed: {error}. Repair the driver. {ON_THE_CPU}.") from None
    return _parse(told.stdout.splitlines(), told.returncode)


def _parse(lines: list[str], exit_code: int) -> list[Gpu]:
    """What one listing says; a GPU that the driver has lost is a line of another form, before or between the others."""
    found: list[Gpu] = []
    others = []
    for line in lines:
        if gpu := GPU_LINE.match(line):
            whole = Gpu(*gpu.groups())
            found.append(whole)
        elif found and (instance := MIG_LINE.match(line)):
            found = [*(gpu for gpu in found if gpu != whole), Gpu(whole.index, whole.of_gpu, instance[1])]
        elif line.strip():
            others.append(line.strip())
    if not found and not _says_there_is_none(others, exit_code):
        raise InputError(f"`{' '.join(LISTING)}` ended with exit code {exit_code} and no GPU: "
                         f"{' '.join(others) or 'no word'} Repair the driver. {ON_THE_CPU}.")
    for line in others if found else []:
        print(f"nvidia-smi: {line}", flush=True)
    return found


def _says_there_is_none(lines: list[str], exit_code: int) -> bool:
    return all(NO_GPU.fullmatch(line) for line in lines) and (bool(lines) or exit_code == 0)
