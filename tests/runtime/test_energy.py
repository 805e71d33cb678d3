"""Energy from a made folder of Linux's counters; of a GPU, none being here, from a stand-in for NVML."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fer_pipeline.runtime.energy import Counter, counters_of, processor_counters, recorded_energy, why_untold

RANGE = 1000_000_000    # microjoules


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """Two packages with a part each, and what counts them again."""
    folder = tmp_path / "powercap"
    for zone, name in (("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core"), ("intel-rapl:1", "package-1"),
                       ("intel-rapl:1:0", "dram"), ("intel-rapl:2", "psys"), ("intel-rapl-mmio:0", "package-0")):
        (folder / zone).mkdir(parents=True)
        (folder / zone / "name").write_text(f"{name}\n")
        (folder / zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        set_to(folder, zone, 1_000_000)
    return folder


def set_to(folder: Path, zone: str, microjoules: int) -> None:
    (folder / zone / "energy_uj").write_text(f"{microjoules}\n")


def test_packages_are_added_and_their_parts_left_out(powercap):
    record: dict[str, Any] = {}
    with recorded_energy(record, processor_counters(powercap)):
        set_to(powercap, "intel-rapl:0", 3_500_000)
        set_to(powercap, "intel-rapl:1", 2_000_000)
        for counted_in_them in ("intel-rapl:0:0", "intel-rapl:1:0", "intel-rapl:2", "intel-rapl-mmio:0"):
            set_to(powercap, counted_in_them, 900_000_000)
    assert record == {"energy": {"processor": 3.5}}


def test_a_counter_that_begins_again_is_counted_on(powercap):
    record: dict[str, Any] = {}
    set_to(powercap, "intel-rapl:0", RANGE - 2_000_000)
    with recorded_energy(record, processor_counters(powercap)):
        set_to(powercap, "intel-rapl:0", 5_000_000)
    assert record == {"energy": {"processor": 7.0}}


def test_a_counter_that_begins_again_several_times_is_read_in_between():
    readings = [40_000_000, 80_000_000, 20_000_000, 60_000_000, 0]
    record: dict[str, Any] = {}
    counter = Counter("processor", lambda: readings.pop() if len(readings) > 1 else readings[0], wraps_at=100_000_000)
    with recorded_energy(record, [counter], every=0.01):
        for _ in range(1000):
            if len(readings) > 1:
                time.sleep(0.01)
    assert record == {"energy": {"processor": 240.0}}


def test_the_energy_of_what_fails_is_recorded_too(powercap):
    record: dict[str, Any] = {}
    with suppress(RuntimeError), recorded_energy(record, processor_counters(powercap)):
        set_to(powercap, "intel-rapl:1", 2_000_000)
        raise RuntimeError("no memory")
    assert record == {"energy": {"processor": 1.0}}


def test_a_counter_that_goes_away_spoils_no_stage_and_leaves_no_part_of_a_sum(powercap):
    record: dict[str, Any] = {}
    with recorded_energy(record, processor_counters(powercap)):
        set_to(powercap, "intel-rapl:0", 9_000_000)
        (powercap / "intel-rapl:1" / "energy_uj").unlink()
    assert record == {}


def test_where_nothing_tells_nothing_is_recorded_and_the_reason_is_known(tmp_path):
    record: dict[str, Any] = {}
    with recorded_energy(record, processor_counters(tmp_path / "none")):
        pass
    assert record == {}
    assert why_untold(tmp_path / "none") == (
        f"{tmp_path / 'none'} has no processor package, as is usual on virtual machines and outside Linux")


def test_links_to_nowhere_as_in_containers_are_no_counters(tmp_path):
    (tmp_path / "intel-rapl:0").symlink_to(tmp_path / "hidden")
    assert processor_counters(tmp_path) == []
    assert "has no processor package" in str(why_untold(tmp_path))


def test_one_package_that_may_not_be_read_leaves_none_and_is_named(powercap):
    shut = powercap / "intel-rapl:1" / "energy_uj"
    shut.unlink()
    shut.mkdir()        # permissions would not stop root, who runs tests in containers
    assert processor_counters(powercap) == []
    assert str(why_untold(powercap)).startswith(f"{shut} may not be read by this user; `sudo chmod o+r`")


def test_a_machine_that_tells_has_no_reason_not_to(powercap):
    assert why_untold(powercap) is None


class NVMLError(Exception):
    pass


@pytest.fixture
def nvml(monkeypatch) -> dict[str, int]:
    """Millijoules by what NVML knows a GPU as; another is an error."""
    counts = {"0": 5_000, "GPU-6a": 70_000}

    def handle(gpu: object) -> str:
        if str(gpu) not in counts:
            raise NVMLError("Not Found")
        return str(gpu)

    monkeypatch.setitem(sys.modules, "pynvml", SimpleNamespace(
        NVMLError=NVMLError, nvmlInit=lambda: None, nvmlDeviceGetHandleByIndex=handle,
        nvmlDeviceGetHandleByUUID=handle, nvmlDeviceGetTotalEnergyConsumption=counts.__getitem__))
    return counts


@pytest.mark.parametrize("gpu", ["0", "GPU-6a"])
def test_on_a_gpu_its_energy_stands_beside_that_of_the_processor(gpu, nvml, powercap, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpu)
    record: dict[str, Any] = {}
    with recorded_energy(record, counters_of(f"gpu:{gpu}", powercap)):
        nvml[gpu] += 2_500
    assert record == {"energy": {"processor": 0.0, "gpu": 2.5}}


@pytest.mark.usefixtures("nvml")
def test_a_gpu_that_nvml_does_not_know_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-7")
    assert counters_of("gpu:MIG-7", tmp_path) == []


@pytest.mark.usefixtures("nvml")
def test_on_a_processor_no_gpu_is_asked(tmp_path):
    assert counters_of("cpu:0", tmp_path) == []
