"""What a network is to say of each face."""

from dataclasses import dataclass

import numpy as np

from fer_pipeline.balancing.weights import class_weights
from fer_pipeline.data.faces import Faces
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.recipes import Recipe


@dataclass(frozen=True)
class SoftTargets:
    """What somebody else says of the Training faces, in place of a part of their labels.

    Attributes:
        probabilities: `(faces, 7)` float32, each row summing to 1.
        share: Of these in the target, 0 to 1; the rest is the label's.
    """

    probabilities: np.ndarray
    share: float


def targets(training: Faces, recipe: Recipe, soft: SoftTargets | None = None) -> np.ndarray:
    """Target probabilities times the face's weight in the loss, `(faces, 7)` float32.

    Cross-entropy is linear in its target, so a face of weight 2 counts as two of weight 1, and the cross-entropy of
    labels and soft targets mixed is that mixture of both. Label smoothing is of the label's part alone, and the label's
    part is what a teacher and, of the rest, the soft label leave.

    Raises:
        InputError: The recipe asks for soft labels, and the faces have none.
    """
    labels = _labels(training, recipe)
    mixed = labels if soft is None else (1 - soft.share) * labels + soft.share * soft.probabilities
    weight = (class_weights(training) if recipe.class_weights else training).weight
    return np.asarray(mixed * weight[:, np.newaxis], np.float32)


def _labels(training: Faces, recipe: Recipe) -> np.ndarray:
    one_hot = np.eye(len(EMOTIONS), dtype=np.float32)[training.emotion]
    smoothed = one_hot * (1 - recipe.label_smoothing) + recipe.label_smoothing / len(EMOTIONS)
    if not (share := recipe.soft_label_share):
        return np.asarray(smoothed)
    if training.soft_labels is None:
        raise InputError(f"The recipe has soft_label_share {share:g}, and the Training faces hold no soft labels. Set "
                         "balance.soft_labels in params.yaml to ferplus and run dvc repro balance, or take "
                         "soft_label_share out.")
    return np.asarray((1 - share) * smoothed + share * training.soft_labels)
