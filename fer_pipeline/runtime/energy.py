"""Energy that a stage took, where the machine tells: of whole processor packages and GPUs, other work included."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_pipeline.runtime.devices import visible_names

POWERCAP = Path("/sys/class/powercap")
ZONES = "intel-rapl:*"      # AMD's too; intel-rapl-mmio counts the same packages again
SAMPLE_SECONDS = 30.0       # the smallest counters, of 65 kJ, last three minutes at 350 W


@dataclass(frozen=True)
class Counter:
    """A count of energy used since some moment.

    Attributes:
        of: `processor` or `gpu`.
        read: The count in microjoules.
        wraps_at: The count after which it begins again at 0; None if never.
    """

    of: str
    read: Callable[[], int]
    wraps_at: int | None = None

    def since(self, before: int, now: int) -> int:
        """Microjoules between two readings with at most one new beginning between them."""
        return now - before if now >= before or self.wraps_at is None else now - before + self.wraps_at


@contextmanager
def recorded_energy(
    record: dict[str, Any], counters: Sequence[Counter], every: float = SAMPLE_SECONDS
) -> Iterator[None]:
    """Put the joules that the block took into `record["energy"]`, by what they are of; nothing if nobody tells.

    The counters are also read in between, since they begin again within minutes to hours.
    """
    if not counters:
        yield
        return
    meters = [_Meter(counter) for counter in counters]
    ended = threading.Event()
    thread = threading.Thread(target=_keep_reading, args=(meters, ended, every), name="energy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _read_all(meters)
        if joules := _joules(meters):
            record["energy"] = joules


class _Meter:
    """What a counter said since the meter was made; `spent` is None once it could not be read."""

    def __init__(self, counter: Counter) -> None:
        self.of = counter.of
        self._counter = counter
        self._last = counter.read()
        self.spent: int | None = 0

    def read(self) -> None:
        if self.spent is None:
            return
        try:
            now = self._counter.read()
        except (OSError, ValueError):       # the driver went: what was counted so far is no whole
            self.spent = None
            return
        self.spent += self._counter.since(self._last, now)
        self._last = now


def _keep_reading(meters: list[_Meter], ended: threading.Event, every: float) -> None:
    while not ended.wait(every):
        _read_all(meters)


def _read_all(meters: list[_Meter]) -> None:
    for meter in meters:
        meter.read()


def _joules(meters: list[_Meter]) -> dict[str, float]:
    """Sums by what was measured, without those of which a part is missing."""
    by_device: dict[str, list[int | None]] = {}
    for meter in meters:
        by_device.setdefault(meter.of, []).append(meter.spent)
    return {of: round(sum(spent) / 1e6, 1) for of, parts in by_device.items()
            if len(spent := [part for part in parts if part is not None]) == len(parts)}


def counters_of(device: str, folder: Path = POWERCAP) -> list[Counter]:
    """The counters that tell of a stage on the slot `device`: of the processor, and on `gpu:…` of its GPU."""
    return [*processor_counters(folder), *(gpu_counters() if device.startswith("gpu") else [])]


def processor_counters(folder: Path = POWERCAP) -> list[Counter]:
    """One a processor package that this user may read; none if there is a package that he may not.

    Source: Linux, Documentation/power/powercap/powercap.rst.
    """
    zones = _packages(folder)
    return [_processor_counter(zone) for zone in zones] if zones and all(map(_readable, zones)) else []


def _processor_counter(zone: Path) -> Counter:
    return Counter("processor", lambda: int((zone / "energy_uj").read_text()),
                   int((zone / "max_energy_range_uj").read_text()))


def _packages(folder: Path) -> list[Path]:
    """Zones of whole packages: not of their cores or memory, which are counted in them, nor of the platform."""
    return [zone for zone in sorted(folder.glob(ZONES)) if (_content(zone / "name") or "").startswith("package")]


def _readable(zone: Path) -> bool:
    return None not in (_content(zone / "energy_uj"), _content(zone / "max_energy_range_uj"))


def _content(file: Path) -> str | None:
    """Text of a file; None where it is shut, or gone, as behind the links that Docker leaves dangling."""
    try:
        return file.read_text()
    except OSError:
        return None


def gpu_counters() -> list[Counter]:
    """One an NVIDIA GPU of this slot, Volta or newer; none without the package nvidia-ml-py.

    Source: NVML API reference, nvmlDeviceGetTotalEnergyConsumption: millijoules since the driver was loaded.
    """
    try:
        import pynvml
    except ModuleNotFoundError:
        return []
    try:
        pynvml.nvmlInit()
        return [_gpu_counter(pynvml, gpu) for gpu in visible_names() or []]
    except pynvml.NVMLError:
        return []


def _gpu_counter(nvml: Any, gpu: str) -> Counter:
    handle = nvml.nvmlDeviceGetHandleByIndex(int(gpu)) if gpu.isdecimal() else nvml.nvmlDeviceGetHandleByUUID(gpu)

    def read() -> int:
        try:
            return 1000 * int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except nvml.NVMLError as error:
            raise OSError(str(error)) from error

    read()
    return Counter("gpu", read)


def why_untold(folder: Path = POWERCAP) -> str | None:
    """Why the energy of the processor is not known here, and what would help; None where it is known."""
    zones = _packages(folder)
    if not zones:
        return f"{folder} has no processor package, as is usual on virtual machines and outside Linux"
    shut = [zone / "energy_uj" for zone in zones if not _readable(zone)]
    if not shut:
        return None
    return f"{shut[0]} may not be read by this user; `sudo chmod o+r` on it helps until the next start of the machine"
