"""Faces ranked by how little their labels are believed."""

from importlib.util import find_spec

import numpy as np
import pandas as pd

from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import picture_path
from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS, Usage

METHOD = "normalized_margin"    # FER+ contradicts its worst 500 of FER-2013 oftener than those of self_confidence


def require_cleanlab() -> None:
    """Refuse to begin without the package that ranks.

    Raises:
        InputError: It is not installed; the message has the command.
    """
    if find_spec("cleanlab") is None:
        raise InputError("Label issues are ranked by cleanlab, which is not installed. Run "
                         "`pip install -c constraints.txt -e '.[labels]'`, or `pip install 'cleanlab>=2.9,<3'`.")


def ranking(training: Faces, said: np.ndarray) -> pd.DataFrame:
    """Rank the faces, the least believed label first.

    Args:
        training: Faces with their given emotions.
        said: `(faces, 7)` probabilities of networks that did not learn from the face.

    Returns:
        A frame with rank (from 1), row, emotion, suggested (the most probable emotion, the given one where they agree),
        label_quality in [0, 1] (low: probably wrong), probability_given, probability_suggested, is_issue (confident
        learning counts the label as wrong) and picture (path of the PNG).

    Source: Northcutt et al. 2021, arXiv 1911.00068; Kuan and Mueller 2022, "Model-agnostic Label Quality Scoring to
        Detect Real-world Label Errors".
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    given = training.emotion.astype(int)
    probable = said.astype(np.float64) / said.sum(axis=1, keepdims=True, dtype=np.float64)
    ranked = pd.DataFrame({
        "row": training.row,
        "emotion": [EMOTIONS[index] for index in given],
        "suggested": [EMOTIONS[index] for index in said.argmax(axis=1)],
        "label_quality": get_label_quality_scores(given, probable, method=METHOD),
        "probability_given": probable[np.arange(len(given)), given],
        "probability_suggested": probable.max(axis=1),
        "is_issue": find_label_issues(given, probable, n_jobs=1),
    }).sort_values(["label_quality", "row"], ignore_index=True)
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    ranked["picture"] = [f"data/images/{picture_path(Usage.TRAINING, EMOTIONS.index(emotion), row)}"
                         for emotion, row in zip(ranked["emotion"], ranked["row"], strict=True)]
    return ranked
