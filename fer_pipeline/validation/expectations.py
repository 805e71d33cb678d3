"""The Great Expectations suites of the source as code: one list a table."""

import pandas as pd
from great_expectations import expectations as gxe

from fer_pipeline.labels import EMOTIONS, PIXELS, Usage
from fer_pipeline.params import ValidateParams

RAW_TABLE = "raw rows"


def with_positions(rows: pd.DataFrame) -> pd.DataFrame:
    """The csv's rows with their position and the place of their usage in the file's order."""
    places = {str(usage): place for place, usage in enumerate(Usage)}
    return rows.assign(position=range(len(rows)), place_of_usage=rows["usage"].map(places))


def raw_suite(params: ValidateParams) -> list[gxe.Expectation]:
    """Expectations on the csv's rows as text, as `with_positions` gives them."""
    mostly = 1 - params.max_quarantined_rows
    suite = [
        gxe.ExpectColumnValuesToBeUnique(column="row", description="rows are numbered once"),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="row", column_B="position", description="rows are in the order of the source, none left out"),
        gxe.ExpectColumnValuesToBeInSet(
            column="emotion", value_set=[str(index) for index in range(len(EMOTIONS))], mostly=mostly,
            description="emotion is 0 to 6"),
        gxe.ExpectColumnValuesToBeInSet(
            column="usage", value_set=[str(usage) for usage in Usage], mostly=mostly,
            description="Usage is Training, PublicTest or PrivateTest"),
        gxe.ExpectColumnValuesToBeInSet(
            column="pixel_values", value_set=[PIXELS], mostly=mostly, description="2,304 pixel values (48 × 48)"),
        gxe.ExpectColumnValuesToBeNull(column="problem", mostly=mostly, description="the row can be read as a face"),
    ]
    if params.usages_in_order:
        suite.append(gxe.ExpectColumnValuesToBeIncreasing(
            column="place_of_usage", description="Training's rows come first, then PublicTest's, then PrivateTest's"))
    return suite


def faces_table(manifest: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Manifest and findings of one usage side by side, and a column an emotion: 1 for its faces, 0 for others."""
    shown = {name: (manifest["emotion"] == index).astype(int) for index, name in enumerate(EMOTIONS)}
    return manifest.assign(**shown).merge(findings, on="row")


def faces_suite(usage: Usage, params: ValidateParams) -> list[gxe.Expectation]:
    """Expectations on the faces of one usage, a `faces_table`."""
    return [*_labels(usage, params), *_pictures(params), *_findings(usage, params), *_counts(usage, params)]


def _labels(usage: Usage, params: ValidateParams) -> list[gxe.Expectation]:
    shares = (params.emotion_shares or {}).items()
    return [
        gxe.ExpectColumnValuesToBeUnique(column="row", description="a csv row gives one face"),
        gxe.ExpectColumnValuesToBeInSet(
            column="usage", value_set=[str(usage)], description=f"every face is of {usage}"),
        gxe.ExpectColumnValuesToBeBetween(
            column="emotion", min_value=0, max_value=len(EMOTIONS) - 1, description="emotion is 0 to 6"),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="emotion", value_set=list(range(len(EMOTIONS))), description="all seven emotions occur"),
        *(gxe.ExpectColumnMeanToBeBetween(
            column=name, min_value=least, max_value=most, description=f"{least:.1%} to {most:.1%} are {name}")
          for name, (least, most) in shares),
    ]


def _pictures(params: ValidateParams) -> list[gxe.Expectation]:
    mean, contrast = params.mean_grey_level, params.mean_contrast
    return [
        gxe.ExpectColumnValuesToMatchRegex(
            column="sha256", regex="^[0-9a-f]{64}$", description="every face has the checksum of its pixels"),
        gxe.ExpectColumnValuesToBeBetween(
            column="min", min_value=0, max_value=255, description="the darkest grey level is 0 to 255"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="max", column_B="min", or_equal=True, description="the brightest is no darker than the darkest"),
        gxe.ExpectColumnValuesToBeBetween(
            column="max", min_value=0, max_value=255, description="the brightest grey level is 0 to 255"),
        gxe.ExpectColumnMeanToBeBetween(
            column="mean", min_value=mean[0], max_value=mean[1],
            description=f"faces are of grey level {mean[0]:g} to {mean[1]:g} on average"),
        gxe.ExpectColumnMeanToBeBetween(
            column="std", min_value=contrast[0], max_value=contrast[1],
            description=f"a face's grey levels deviate by {contrast[0]:g} to {contrast[1]:g} on average"),
    ]


def _findings(usage: Usage, params: ValidateParams) -> list[gxe.Expectation]:
    bounds = {
        "constant": (params.max_constant, "are one grey level"),
        "copy_inside": (params.max_copies, "are copies inside the usage"),
        "conflicting_label": (params.max_conflicting_labels, "have the pixels of a face with another emotion"),
    }
    if usage != Usage.TRAINING:
        bounds["copy_of_training"] = (params.max_copies, "are copies of Training faces")
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column=column, value_set=[False], mostly=1 - most, description=f"at most {100 * most:.4g} % {what}")
        for column, (most, what) in bounds.items()]


def _counts(usage: Usage, params: ValidateParams) -> list[gxe.Expectation]:
    suite: list[gxe.Expectation] = []
    if params.expected_faces is not None:
        faces = params.expected_faces[usage]
        suite.append(gxe.ExpectTableRowCountToEqual(value=faces, description=f"{faces:,} faces"))
    for name, faces in (params.expected_emotions or {}).get(usage, {}).items():
        suite.append(gxe.ExpectColumnSumToBeBetween(
            column=name, min_value=faces, max_value=faces, description=f"{faces:,} {name} faces"))
    return suite
