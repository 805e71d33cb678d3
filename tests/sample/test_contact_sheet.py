"""The contact sheet shows every emotion, and the command writes it."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.sample.contact_sheet import COLUMNS, SCALE, contact_sheet


def test_contact_sheet_has_a_row_for_each_emotion() -> None:
    sheet = contact_sheet(seed=1)
    assert sheet.dtype == np.uint8
    assert sheet.shape[0] > SCALE * FACE_SIZE * len(EMOTIONS)
    assert sheet.shape[1] > SCALE * FACE_SIZE * COLUMNS


def test_command_writes_a_small_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "faces.png"
    monkeypatch.setattr("sys.argv", ["sample", str(picture)])
    runpy.run_module("fer_pipeline.sample", run_name="__main__")
    written = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(np.asarray(written), contact_sheet(seed=7))
    assert picture.stat().st_size < 600_000


def test_command_without_a_file_says_how_to_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["sample"])
    with pytest.raises(SystemExit, match="Usage: python -m fer_pipeline.sample OUT.png"):
        runpy.run_module("fer_pipeline.sample", run_name="__main__")
