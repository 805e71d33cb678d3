from dataclasses import replace

import numpy as np
import pytest

from fer_pipeline.data.faces import Faces, join, read_faces, write_faces
from fer_pipeline.errors import InputError


def assert_equal(one: Faces, other: Faces) -> None:
    for name in ("pixels", "emotion", "row", "weight"):
        ours, theirs = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype


def test_faces_come_back_as_they_were_written(faces, tmp_path):
    file = tmp_path / "training.npz"
    write_faces(file, faces(7, first_row=100))
    assert_equal(read_faces(file), faces(7, first_row=100))


def test_the_same_faces_give_the_same_bytes(faces, tmp_path):
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    write_faces(one, faces(7))
    write_faces(other, faces(7))
    assert one.read_bytes() == other.read_bytes()


def test_balanced_batches_come_back_and_files_without_the_mark_have_none(faces, tmp_path):
    plain, marked = tmp_path / "plain.npz", tmp_path / "marked.npz"
    write_faces(plain, faces(7))
    write_faces(marked, replace(faces(7), balanced_batches=True))
    assert not read_faces(plain).balanced_batches
    assert read_faces(marked).balanced_batches
    with np.load(plain) as arrays:
        assert set(arrays) == {"faces", "emotion", "row", "weight"}     # as ever: the bytes of other runs stay


def test_missing_file_names_the_commands_that_make_it(tmp_path):
    with pytest.raises(InputError, match=r"training\.npz not found\. `dvc repro`"):
        read_faces(tmp_path / "training.npz")


def test_take_goes_by_mask_or_position(faces):
    seven = faces(7, first_row=10)
    assert seven.take(np.array([5, 1, 1])).row.tolist() == [15, 11, 11]
    masked = seven.take(seven.emotion > 4)
    assert masked.row.tolist() == [15, 16]
    np.testing.assert_array_equal(masked.pixels, seven.pixels[5:])
    assert len(masked) == 2


def test_joined_faces_are_all_of_them_in_order(faces):
    one, two = faces(5, seed=1), faces(3, seed=2, first_row=100)
    whole = join([replace(one, balanced_batches=True), two])
    assert whole.balanced_batches
    assert_equal(whole.take(np.arange(5)), one)
    assert_equal(whole.take(np.arange(5, 8)), two)


def test_no_faces_at_all_are_not_joined():
    with pytest.raises(ValueError, match="parts is empty; give one at least"):
        join([])
