"""The Great Expectations suites of the balanced Training set as code: one list a table."""

import sys

from great_expectations import expectations as gxe

from fer_pipeline.balancing.changes import OPERATIONS
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import BalanceParams
from fer_pipeline.validation.balanced_set import evens_out

BALANCED_SET, BALANCED_EMOTIONS = "balanced set", "balanced emotions"
ROUNDING = 1e-4         # of float32 weights


def balanced_suite() -> list[gxe.Expectation]:
    """Expectations on the faces that networks are trained on, a `balanced_set.faces_table`."""
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="of_training", value_set=[True], description="the csv row is one of Training, of no other usage"),
        gxe.ExpectColumnValuesToBeInSet(
            column="quarantined", value_set=[False], description="no face is in quarantine, and none's parent"),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="emotion", column_B="emotion_in_training", description="the emotion is the one in Training"),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="emotion", value_set=list(EMOTIONS), description="all seven emotions occur"),
        gxe.ExpectColumnValuesToBeInSet(
            column="pixels_as_said", value_set=[True],
            description="pixels are those of the csv row, or what origins.csv says was made of them"),
        gxe.ExpectColumnValuesToBeInSet(
            column="operation", value_set=list(OPERATIONS), description="a new face names a known operation"),
        gxe.ExpectColumnValuesToBeInSet(
            column="origin_fits", value_set=[True],
            description="a line of origins.csv belongs to a face of its row and emotion"),
        gxe.ExpectColumnValuesToNotBeNull(column="weight", description="every face has a weight"),
        gxe.ExpectColumnValuesToBeBetween(
            column="weight", min_value=0, strict_min=True, max_value=sys.float_info.max,
            description="weights are positive and finite"),
        gxe.ExpectColumnMeanToBeBetween(
            column="weight", min_value=1 - ROUNDING, max_value=1 + ROUNDING, description="weights are 1 on average"),
    ]


def balanced_emotions_suite(settings: BalanceParams) -> list[gxe.Expectation]:
    """Expectations on the seven emotions after balancing, a `balanced_set.emotions_table`."""
    suite: list[gxe.Expectation] = [
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="after", column_B="target",
            description=f"as many faces as strategy {settings.strategy} is to give"),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="after", column_B="reported", description="as many faces as counts.csv says"),
    ]
    if evens_out(settings):
        even = 1 / len(EMOTIONS)
        suite.append(gxe.ExpectColumnValuesToBeBetween(
            column="share_of_loss", min_value=even - ROUNDING, max_value=even + ROUNDING,
            description="every emotion weighs the same in the loss"))
    return suite
