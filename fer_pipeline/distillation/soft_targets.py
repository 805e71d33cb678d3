"""A teaching as a part of the targets that a student is trained towards."""

import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.distillation.teaching import Teaching
from fer_pipeline.errors import InputError
from fer_pipeline.evaluation.calibration import tempered
from fer_pipeline.recipes import Teacher
from fer_pipeline.training.targets import SoftTargets


def soft_targets(teaching: Teaching, training: Faces, teacher: Teacher) -> SoftTargets:
    """The vote, softened by the temperature, with its share in the target.

    The student's own output is not softened, so the gradient of the one cross-entropy towards the mixed target is what
    the student says minus that target, whatever the temperature. In the source the temperature divides the student's
    logits too; that shrinks the soft loss's gradient by its square, and multiplying by the square there makes up for
    it. Here nothing shrank. Instead a student taught at temperature 2 says its emotions as softly as it was taught to.

    Raises:
        InputError: The teaching is of other faces.

    Source: Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", arXiv 1503.02531, section 2.
    """
    if not np.array_equal(teaching.row, training.row):
        raise InputError(f"The teaching is of {len(teaching.row):,} faces that are not the {len(training):,} to train "
                         "on, or in another order. Both must be of one balanced set; run dvc repro, which "
                         "teaches again.")
    softened = tempered(teaching.probabilities, teacher.temperature)
    return SoftTargets(softened.astype(np.float32), teacher.share)
