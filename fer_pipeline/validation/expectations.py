"""The Great Expectations suites: one list a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe

from fer_pipeline.labels import EMOTIONS, PIXELS, Usage
from fer_pipeline.params import ValidateParams

RAW_TABLE = "raw rows"
SITE = "data docs"


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation on one table."""

    table: str
    expectation: str
    meaning: str
    success: bool
    observed: str


def raw_suite(params: ValidateParams) -> list[gxe.Expectation]:
    """Expectations on the csv's rows as text."""
    mostly = 1 - params.max_quarantined_rows
    return [
        gxe.ExpectColumnValuesToBeUnique(column="row", description="rows are numbered once"),
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


def faces_suite(usage: Usage, params: ValidateParams) -> list[gxe.Expectation]:
    """Expectations on the faces of one usage: manifest and findings side by side."""
    few_copies = 1 - params.max_copies
    suite = [
        gxe.ExpectColumnValuesToBeUnique(column="row", description="a csv row gives one face"),
        gxe.ExpectColumnValuesToBeBetween(
            column="emotion", min_value=0, max_value=len(EMOTIONS) - 1, description="emotion is 0 to 6"),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="emotion", value_set=list(range(len(EMOTIONS))), description="all seven emotions occur"),
        gxe.ExpectColumnValuesToBeInSet(
            column="constant", value_set=[False], mostly=0.99, description="at most 1 % are one grey level"),
        gxe.ExpectColumnValuesToBeInSet(
            column="copy_inside", value_set=[False], mostly=few_copies,
            description=f"at most {params.max_copies:.0%} are copies inside the usage"),
    ]
    if usage != Usage.TRAINING:
        suite.append(gxe.ExpectColumnValuesToBeInSet(
            column="copy_of_training", value_set=[False], mostly=few_copies,
            description=f"at most {params.max_copies:.0%} are copies of Training faces"))
    if params.expected_faces is not None:
        suite.append(gxe.ExpectTableRowCountToEqual(
            value=params.expected_faces[usage], description=f"{params.expected_faces[usage]:,} faces"))
    return suite


def check(
    tables: Mapping[str, pd.DataFrame], suites: Mapping[str, list[gxe.Expectation]], data_docs_folder: Path
) -> list[Outcome]:
    """Validate each table by its suite and build Data Docs of the results.

    Args:
        tables: Frames by name.
        suites: Expectations by the same names.
        data_docs_folder: Where the Data Docs site goes; it holds run times and is no DVC output.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    context.add_data_docs_site(SITE, _site(data_docs_folder))
    source = context.data_sources.add_pandas("fer2013")
    outcomes = []
    for name, table in tables.items():
        definition = gx.ValidationDefinition(
            name=name, suite=context.suites.add(gx.ExpectationSuite(name=name, expectations=suites[name])),
            data=source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all"))
        checkpoint = gx.Checkpoint(
            name=name, validation_definitions=[context.validation_definitions.add(definition)],
            actions=[gx.checkpoint.UpdateDataDocsAction(name="data docs", site_names=[SITE])])
        result = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": table})
        (validation,) = result.run_results.values()
        outcomes += [_outcome(name, single) for single in validation.results]
    return outcomes


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.absolute())},
    }


def _outcome(table: str, result: Any) -> Outcome:
    config = result.expectation_config
    return Outcome(table, config.type, config.description, bool(result.success), _observed(result))


def _observed(result: Any) -> str:
    details = result.result
    if "unexpected_count" in details:
        return f"{details['unexpected_count']:,} of {details['element_count']:,} otherwise"
    if isinstance(details.get("observed_value"), int):
        return f"{details['observed_value']:,}"
    return "as expected" if result.success else "otherwise"
