from pathlib import Path

import numpy as np

from fer_pipeline.distillation.teaching import Teaching, read_teaching, write_teaching


def test_a_teaching_is_read_as_it_was_written_and_the_same_one_gives_the_same_bytes(tmp_path: Path) -> None:
    teaching = Teaching(np.array([4, 4, 9], np.int32), np.eye(7, dtype=np.float32)[:3], "ab" * 32)
    for name in ("one.npz", "other.npz"):
        write_teaching(tmp_path / name, teaching)
    found = read_teaching(tmp_path / "one.npz")
    np.testing.assert_array_equal(found.row, teaching.row, strict=True)
    np.testing.assert_array_equal(found.probabilities, teaching.probabilities, strict=True)
    assert found.teacher_sha256 == "ab" * 32
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
