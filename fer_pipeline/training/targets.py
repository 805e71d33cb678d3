"""What a network is to say of each face."""

import numpy as np

from fer_pipeline.balancing.weights import class_weights
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.recipes import Recipe


def targets(training: Faces, recipe: Recipe) -> np.ndarray:
    """Target probabilities times the face's weight in the loss, `(faces, 7)` float32.

    Cross-entropy is linear in its target, so a face of weight 2 counts as two of weight 1.
    """
    smoothing = recipe.label_smoothing
    one_hot = np.eye(len(EMOTIONS), dtype=np.float32)[training.emotion]
    smoothed = one_hot * (1 - smoothing) + smoothing / len(EMOTIONS)
    weight = (class_weights(training) if recipe.class_weights else training).weight
    return np.asarray(smoothed * weight[:, np.newaxis], np.float32)
