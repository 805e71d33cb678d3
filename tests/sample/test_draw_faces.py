"""Drawn faces are deterministic, independent of each other, and show their emotion."""

import cv2
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.sample import draw_faces

ONE_OF_EACH = np.arange(len(EMOTIONS))


def test_faces_are_grey_pictures_of_48_by_48() -> None:
    faces = draw_faces(ONE_OF_EACH, seed=1)
    assert faces.shape == (len(EMOTIONS), FACE_SIZE, FACE_SIZE)
    assert faces.dtype == np.uint8


def test_no_faces_are_an_empty_array() -> None:
    assert draw_faces(np.array([], int), seed=1).shape == (0, FACE_SIZE, FACE_SIZE)


def test_a_face_depends_on_seed_index_and_its_own_emotion_only() -> None:
    faces = draw_faces(ONE_OF_EACH, seed=1)
    others = draw_faces(np.concatenate([ONE_OF_EACH[::-1][:3], ONE_OF_EACH[3:], [0]]), seed=1)
    assert np.array_equal(faces[3:], others[3:7])
    assert not np.array_equal(faces[0], others[0])
    assert not np.array_equal(faces, draw_faces(ONE_OF_EACH, seed=2))


@pytest.mark.parametrize("threads", [1, 4])
def test_faces_do_not_depend_on_threads(threads: int) -> None:
    faces, before = draw_faces(ONE_OF_EACH, seed=1), cv2.getNumThreads()
    try:
        cv2.setNumThreads(threads)
        assert np.array_equal(draw_faces(ONE_OF_EACH, seed=1), faces)
    finally:
        cv2.setNumThreads(before)


def test_unknown_emotion_names_the_choices() -> None:
    with pytest.raises(ValueError, match=r"indices \[7\] name no emotion. Allowed: 0 to 6"):
        draw_faces(np.array([0, 7]), seed=1)


def test_faces_fill_the_frame_with_contrast() -> None:
    faces = draw_faces(np.tile(ONE_OF_EACH, 10), seed=1).astype(float)
    assert 70.0 < faces.mean() < 160.0
    assert faces.std(axis=(1, 2)).min() > 8.0


def test_emotions_can_be_told_apart_by_a_simple_classifier() -> None:
    emotion = np.tile(ONE_OF_EACH, 86)
    faces = draw_faces(emotion, seed=1).reshape(len(emotion), -1) / 255.0
    faces = (faces - faces.mean(axis=1, keepdims=True)) / faces.std(axis=1, keepdims=True)
    classifier = make_pipeline(PCA(60, random_state=0), LogisticRegression(C=0.02, max_iter=500))
    accuracy = classifier.fit(faces[:450], emotion[:450]).score(faces[450:], emotion[450:])
    assert accuracy > 2 / len(EMOTIONS)
