"""GPUs as nvidia-smi lists them, by a made nvidia-smi."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.made_gpus import make_gpus, uuid_of
from fer_pipeline.errors import InputError
from fer_pipeline.runtime.devices import Gpu, installed_gpus, require_seen, visible_gpus

PARTITIONED = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-8932f937-d72c-4106-c12f-20bd9faed9f6)
"""
FIRST = Gpu("0", "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77", "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f")
OTHER = Gpu("0", "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77", "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb")
WHOLE = Gpu("1", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6")


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what nvidia-smi prints, and how it ends; it is the only command there is."""
    folder = tmp_path / "driver"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")

    def prints(text: str, exit_code: int = 0) -> None:
        (folder / "nvidia-smi").write_text(f"#!/bin/sh\necho '{text}'\nexit {exit_code}\n")
        (folder / "nvidia-smi").chmod(0o755)

    return prints


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many GPUs the machine has."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")

    def have(number: int) -> None:
        monkeypatch.setenv("PATH", make_gpus(tmp_path / "gpus", range(number))["PATH"])

    return have


@pytest.mark.usefixtures("driver")
def test_without_nvidia_smi_there_is_no_gpu():
    assert visible_gpus() == []


def test_every_gpu_of_the_machine_is_visible_unless_named(gpus):
    gpus(8)
    assert [(gpu.name, gpu.uuid) for gpu in visible_gpus()] == [(str(index), uuid_of(index)) for index in range(8)]


@pytest.mark.parametrize("words", ["No devices were found", "No devices found."])
def test_a_driver_without_devices_is_an_empty_machine(driver, words):
    driver(words, exit_code=6)
    assert visible_gpus() == []


@pytest.mark.parametrize(("words", "exit_code"), [
    ("NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.", 9),
    ("Unable to determine the device handle for GPU0: 0000:01:00.0: Unknown Error\nNo devices were found", 6),
    ("Failed to initialize NVML: Driver/library version mismatch", 0), ("", 255),
])
def test_a_driver_that_fails_does_not_silently_mean_the_cpu(driver, words, exit_code):
    driver(words, exit_code)
    with pytest.raises(InputError, match=rf"ended with exit code {exit_code} and no GPU: (?s:.+)"
                                         r"Set CUDA_VISIBLE_DEVICES=-1 to train on the CPU\."):
        visible_gpus()


def test_an_nvidia_smi_that_cannot_be_run_is_named(driver, tmp_path):
    driver("")
    (tmp_path / "driver/nvidia-smi").chmod(0o644)
    with pytest.raises(InputError, match="`nvidia-smi --list-gpus` failed: .*Permission denied"):
        visible_gpus()


def test_a_gpu_that_was_lost_is_said_and_the_others_are_there(driver, capfd):
    driver(f"Unable to determine the device handle for GPU0: 0000:34:00.0: Unknown Error\n{PARTITIONED}", 15)
    assert installed_gpus() == [FIRST, OTHER, WHOLE]
    assert "nvidia-smi: Unable to determine the device handle for GPU0" in capfd.readouterr().out


@pytest.mark.parametrize(("named", "meant"), [
    ("-1", []), ("", []), ("1", [WHOLE]), ("1,0", [WHOLE, FIRST, OTHER]), ("1,-1,0", [WHOLE]), (" 1 , 1", [WHOLE]),
    ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", [WHOLE]), ("GPU-8932", [WHOLE]), ("GPU-5d5ba0d6", [FIRST, OTHER]),
    ("MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb", [OTHER]),
    ("MIG-GPU-0000/1/0", [Gpu("MIG-GPU-0000/1/0", "MIG-GPU-0000/1/0", "MIG-GPU-0000/1/0")]),
])
def test_a_gpu_is_named_by_index_or_uuid(driver, monkeypatch, named, meant):
    driver(PARTITIONED)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == meant


def test_a_named_gpu_that_is_gone_is_left_out_and_said(gpus, monkeypatch, capfd):
    gpus(2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,7")
    assert [gpu.name for gpu in visible_gpus()] == ["1"]
    assert "CUDA_VISIBLE_DEVICES names 7, which nvidia-smi does not list: left out." in capfd.readouterr().out


def test_a_framework_that_does_not_see_the_gpu_of_its_slot_is_refused(monkeypatch):
    import tensorflow  # hidden from its GPUs, if there are any, by tests/conftest.py

    with pytest.raises(InputError, match=rf"TensorFlow {tensorflow.__version__} sees no GPU on the slot gpu:0 "
                                         r"\(CUDA_VISIBLE_DEVICES=-1\), which nvidia-smi lists\. Install its CUDA "):
        require_seen("gpu:0")
    require_seen("cpu:0")
    monkeypatch.delitem(sys.modules, "tensorflow")
    require_seen("gpu:0")


def test_names_of_which_none_is_there_are_refused(gpus, monkeypatch):
    gpus(1)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-9")
    with pytest.raises(InputError, match=rf"names 2, GPU-9, and nvidia-smi lists 0 \({uuid_of(0)}\)\. Name one of "):
        visible_gpus()
