import json

import numpy as np
import pandas as pd
import pytest

from fer_pipeline.evaluation.judgement import in_words, judged, write_judgement
from fer_pipeline.evaluation.predictions import Predictions


def predicted(true: list[int], pred: list[int]) -> Predictions:
    return Predictions(np.arange(len(true)), np.array(true, np.uint8), np.eye(7, dtype=np.float32)[pred], "abc")


@pytest.fixture
def judgement():
    verdicts = pd.DataFrame({"copy_of_training": [True, False, False, False],
                             "copy_of_public_test": [True, True, False, False]})
    return judged(predicted([0, 1, 2, 3], [0, 1, 2, 6]), predicted([0, 1], [6, 6]), verdicts)


def test_copies_of_either_earlier_usage_are_left_out_and_public_test_is_merged(judgement):
    assert [(found["accuracy"], found["faces"]) for found in judgement] == [(0.75, 4), (0.5, 2), (0.5, 6)]


def test_each_set_of_figures_has_its_file(judgement, tmp_path):
    files = tuple(tmp_path / f"{name}.json" for name in "abc")
    write_judgement(files, judgement)
    assert [json.loads(file.read_text()) for file in files] == list(judgement)
    assert files[0].read_text().startswith('{\n  "accuracy": 0.75,\n')


def test_the_line_names_what_counts(judgement):
    assert in_words(judgement) == "PrivateTest: accuracy 75.0%, without copies 50.0%"
