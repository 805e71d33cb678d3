import cv2
import numpy as np
import pytest

from fer_pipeline.data import pictures
from fer_pipeline.data.pictures import write_pictures
from fer_pipeline.labels import EMOTIONS, Usage


def test_every_picture_holds_its_face_exactly_under_usage_emotion_and_row(faces, tmp_path):
    made = faces(14, first_row=8)
    write_pictures(tmp_path, Usage.PRIVATE_TEST, made)
    for index, row in enumerate(range(8, 22)):
        file = tmp_path / "PrivateTest" / EMOTIONS[index % 7] / f"{row:05}.png"
        np.testing.assert_array_equal(cv2.imread(str(file), cv2.IMREAD_UNCHANGED), made.pixels[index])
    assert len(list(tmp_path.rglob("*.png"))) == 14


def test_an_emotion_without_faces_has_an_empty_folder(faces, tmp_path):
    write_pictures(tmp_path, Usage.TRAINING, faces(emotion=[3, 3]))
    assert sorted(folder.name for folder in (tmp_path / "Training").iterdir()) == sorted(EMOTIONS)


def test_a_picture_that_cannot_be_written_is_no_silent_loss(faces, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pictures, "_write_all", fail)
    with pytest.raises(OSError, match="disk full"):
        write_pictures(tmp_path, Usage.TRAINING, faces(3))
