"""Occlusion sensitivity: which part of a face a prediction rests on, found by covering each part in turn.

It stands here for Grad-CAM and its like. Those read gradients and the last convolution of one network in one framework;
this asks `predict` alone, so that it holds for every architecture (also one without convolutions), for the mean over
several views and for any backend. And it measures: a value is a fall of probability that was seen, not approximated.

What it does not show: parts that only matter together (two eyes, of which either would do) look as if neither did, and
a grey patch is itself something that no network saw in training.

Source: Zeiler and Fergus 2014, arXiv 1311.2901, section 4.2.
"""

from typing import TYPE_CHECKING

import numpy as np

from fer_pipeline.evaluation.predictions import Predictions
from fer_pipeline.examination.corruptions import face_means
from fer_pipeline.examination.explained_faces import ExplainedFaces, most_confident
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import FACE_SIZE
from fer_pipeline.params import ExamineParams
from fer_pipeline.recipes import TestTime

if TYPE_CHECKING:
    import keras


def explain(
    network: "keras.Model", pixels: np.ndarray, predictions: Predictions, test_time: TestTime, examine: ExamineParams
) -> ExplainedFaces:
    """Maps of the most confident right and wrong faces of each emotion.

    Args:
        network: That made the predictions.
        pixels: `(faces, 48, 48)` uint8 in the order of the predictions.
        predictions: Of these faces.
        test_time: The views that the predictions are the mean of.
        examine: How many faces, and the patch.
    """
    chosen = most_confident(predictions, pixels, examine.faces_each)
    patches = patch_masks(examine.patch_size, examine.patch_stride)
    said = predictions.emotion_pred[chosen]
    maps = [occlusion_map(network, pixels[one], int(emotion), patches, test_time)
            for one, emotion in zip(chosen, said, strict=True)]
    return ExplainedFaces(
        predictions.row[chosen], predictions.emotion_true[chosen], said,
        predictions.probabilities[chosen].max(axis=1), np.array(maps, np.float32).reshape(-1, FACE_SIZE, FACE_SIZE),
        predictions.model_sha256)


def occlusion_map(
    network: "keras.Model", face: np.ndarray, emotion: int, patches: np.ndarray, test_time: TestTime
) -> np.ndarray:
    """How much the probability of an emotion falls where a face is covered.

    Args:
        network: From grey levels to probabilities.
        face: `(48, 48)` uint8.
        emotion: Whose probability, 0 to 6.
        patches: `(patches, 48, 48)` bool, which together cover every pixel; each hides its part under the face's mean.
        test_time: The views.

    Returns:
        `(48, 48)` float32 in [-1, 1]: of each pixel the mean fall over the patches that cover it; negative where
        covering speaks for the emotion.
    """
    covered = np.where(patches, face_means(face[np.newaxis]), face)
    said = probabilities(network, np.concatenate([face[np.newaxis], covered]), test_time)[:, emotion].astype(float)
    falls = np.where(patches, (said[0] - said[1:])[:, np.newaxis, np.newaxis], 0)
    return np.asarray(falls.sum(axis=0) / patches.sum(axis=0), np.float32)


def patch_masks(size: int, stride: int) -> np.ndarray:
    """Square patches of `size` px every `stride` px, and one flush with the far edges; every pixel is in one.

    Returns:
        `(patches, 48, 48)` bool, row by row.
    """
    starts = np.append(np.arange(0, FACE_SIZE - size, stride), FACE_SIZE - size)[:, np.newaxis]
    across = (starts <= np.arange(FACE_SIZE)) & (np.arange(FACE_SIZE) < starts + size)
    return (across[:, np.newaxis, :, np.newaxis] & across[np.newaxis, :, np.newaxis, :]).reshape(
        -1, FACE_SIZE, FACE_SIZE)
