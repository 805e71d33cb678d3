import cv2
import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.data.pictures import submit_pictures
from fer_pipeline.data.side_by_side import workers
from fer_pipeline.labels import EMOTIONS, Usage


def write(folder, parts: dict[Usage, Faces]) -> None:
    with workers(parts) as pool:
        for one in submit_pictures(pool, folder, parts):
            one.result()


def test_every_picture_holds_its_face_exactly_under_usage_emotion_and_row(faces, tmp_path):
    made = {Usage.PRIVATE_TEST: faces(14, first_row=8), Usage.TRAINING: faces(3, first_row=100)}
    write(tmp_path, made)
    for usage, part in made.items():
        for emotion, row, pixels in zip(part.emotion, part.row, part.pixels, strict=True):
            file = tmp_path / usage / EMOTIONS[emotion] / f"{row:05}.png"
            np.testing.assert_array_equal(cv2.imread(str(file), cv2.IMREAD_UNCHANGED), pixels)
    assert len(list(tmp_path.rglob("*.png"))) == 17


def test_an_emotion_without_faces_has_an_empty_folder(faces, tmp_path):
    write(tmp_path, {Usage.TRAINING: faces(emotion=[3, 3])})
    assert sorted(folder.name for folder in (tmp_path / "Training").iterdir()) == sorted(EMOTIONS)


def test_a_picture_that_cannot_be_written_is_no_silent_loss(faces, tmp_path):
    (tmp_path / "Training" / "angry" / "00000.png").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match=r"00000\.png"):
        write(tmp_path, {Usage.TRAINING: faces(3)})
