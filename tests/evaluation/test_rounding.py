import json
import math

import numpy as np

from fer_pipeline.evaluation.rounding import rounded, rounded_or_none


def test_a_figure_of_numpy_becomes_a_plain_float_of_six_digits():
    assert json.dumps(rounded(np.float32(1) / 3)) == "0.333333"


def test_what_json_does_not_have_becomes_null():
    assert [rounded_or_none(figure) for figure in (None, math.nan, np.float64("nan"), 0.1234567)] == [
        None, None, None, 0.123457]
