import hashlib

import keras
import numpy as np

from fer_pipeline import architectures
from fer_pipeline.checksum import sha256_of
from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.predictions import (
    Predictions,
    confusion_rows,
    predict,
    read_predictions,
    write_predictions,
)
from fer_pipeline.recipes import TestTime


def predictions() -> Predictions:
    probabilities = np.full((3, 7), 0.1, np.float32)
    probabilities[[0, 1, 2], [6, 0, 3]] = 0.4
    return Predictions(np.array([8, 5, 9], np.int32), np.array([6, 1, 3], np.uint8), probabilities, "abc")


def test_the_most_probable_emotion_is_predicted():
    assert predictions().emotion_pred.tolist() == [6, 0, 3]


def test_predictions_come_back_as_written_and_give_the_same_bytes(tmp_path):
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    write_predictions(one, predictions())
    write_predictions(other, read_predictions(one))
    assert one.read_bytes() == other.read_bytes()
    assert read_predictions(other).model_sha256 == "abc"


def test_predict_keeps_rows_labels_and_order(faces):
    keras.utils.set_random_seed(3)
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    made = faces(5, first_row=20)
    found = predict(network, made, TestTime(), "abc")
    assert found.row.tolist() == [20, 21, 22, 23, 24]
    assert found.emotion_true.tolist() == made.emotion.tolist()
    assert found.probabilities.dtype == np.float32
    alone = predict(network, made.take(np.array([3])), TestTime(), "abc")
    np.testing.assert_allclose(found.probabilities[[3]], alone.probabilities, rtol=1e-5)


def test_predict_takes_the_mean_over_the_views_asked_for(faces):
    network = architectures.build("lenet5", input_shape=(48, 48, 1), classes=7, units=[8, 8])
    made, mirrored = faces(5), faces(5).pixels[:, :, ::-1]
    both = predict(network, made, TestTime(horizontal_flip=True), "abc").probabilities
    apart = [predict(network, Faces(pixels, made.emotion, made.row, made.weight), TestTime(), "abc").probabilities
             for pixels in (made.pixels, mirrored)]
    np.testing.assert_allclose(both, np.mean(apart, axis=0), rtol=1e-5)
    assert not np.allclose(*apart)


def test_confusion_rows_name_the_emotions():
    rows = confusion_rows(predictions())
    assert rows["emotion_true"].tolist() == ["neutral", "disgust", "happy"]
    assert rows["emotion_pred"].tolist() == ["neutral", "angry", "happy"]


def test_checksum_is_of_the_files_bytes(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"model")
    assert sha256_of(tmp_path / "model.keras") == hashlib.sha256(b"model").hexdigest()
