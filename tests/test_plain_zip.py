import hashlib
import zipfile

import numpy as np

from fer_pipeline.plain_zip import write_arrays, write_zip


def test_members_come_back_in_their_order(tmp_path):
    write_zip(tmp_path / "a.zip", [("b.txt", b"two"), ("a/one.txt", b"one")])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert [(name, archive.read(name)) for name in archive.namelist()] == [("b.txt", b"two"), ("a/one.txt", b"one")]


def test_numpy_loads_what_was_written(tmp_path):
    arrays = {"faces": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "name": np.array("lenet5"), "none": np.zeros(0)}
    write_arrays(tmp_path / "a.npz", arrays)
    with np.load(tmp_path / "a.npz") as loaded:
        assert loaded.files == list(arrays)
        for name, array in arrays.items():
            assert loaded[name].dtype == array.dtype
            assert np.array_equal(loaded[name], array)


def test_bytes_are_the_same_under_every_python_3_11(tmp_path):
    write_arrays(tmp_path / "a.npz", {"row": np.arange(3, dtype=np.int32)})
    digest = hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest()
    assert digest == "c6d545e430d7b96407bbf544e199b868b39751ffd37f84ddbac4efbd725ac900"
