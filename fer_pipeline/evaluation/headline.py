"""The figures that `dvc metrics` compares: one number a score, for one network on one set of faces."""

import numpy as np

from fer_pipeline.evaluation.calibration import calibration
from fer_pipeline.evaluation.metrics import Figures, figures
from fer_pipeline.evaluation.scores import scores


class Headline(Figures):
    """`Figures` and the single numbers of `fer_pipeline.evaluation.scores` and `.calibration`, with their meaning."""

    balanced_accuracy: float
    top_2_accuracy: float
    macro_precision: float
    macro_recall: float
    cohen_kappa: float | None
    macro_roc_area: float | None
    macro_average_precision: float | None
    log_loss: float
    brier_score: float
    expected_calibration_error: float


def headline(emotion_true: np.ndarray, probabilities: np.ndarray) -> Headline:
    """All of them, rounded to six digits.

    Args:
        emotion_true: Emotion indices from the file, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        probabilities: What the network says, `(faces, 7)` in `EMOTIONS` order.

    Raises:
        InputError: The arrays are not as described.
    """
    scored, calibrated = scores(emotion_true, probabilities), calibration(emotion_true, probabilities)
    return {
        **figures(emotion_true, probabilities.argmax(axis=1)),
        "balanced_accuracy": scored["balanced_accuracy"], "top_2_accuracy": scored["top_2_accuracy"],
        "macro_precision": scored["macro_precision"], "macro_recall": scored["macro_recall"],
        "cohen_kappa": scored["cohen_kappa"], "macro_roc_area": scored["macro_roc_area"],
        "macro_average_precision": scored["macro_average_precision"], "log_loss": scored["log_loss"],
        "brier_score": calibrated["brier_score"],
        "expected_calibration_error": calibrated["expected_calibration_error"],
    }
