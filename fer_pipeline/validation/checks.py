"""Great Expectations at work: tables against their suites, what became of it, and Data Docs of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.core.run_identifier import RunIdentifier

from fer_pipeline.errors import InputError
from fer_pipeline.validation.data_docs import build_site

SHOWN_ROWS = 5          # of those that break an expectation, in messages and summaries
LONGEST_VALUE = 40      # characters of a value there
ROW = "row"             # the column that names a row of every table


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation on one table.

    Attributes:
        table: Its name.
        expectation: Type, e.g. expect_column_values_to_be_unique.
        meaning: The same for people.
        success: Whether it was met.
        observed: What was found, in words.
        rows: The first rows that break it, which it may be met in spite of: each `row` and `value`.
    """

    table: str
    expectation: str
    meaning: str
    success: bool
    observed: str
    rows: tuple[Mapping[str, Any], ...] = ()

    def __str__(self) -> str:
        rows = ", ".join(f"{one['row']} ({one['value']})" if one["value"] else str(one["row"]) for one in self.rows)
        first = f"; first rows: {rows}" if rows else ""
        return f"{self.table}: {self.expectation}: {self.meaning}; {self.observed}{first}"


def check(
    tables: Mapping[str, pd.DataFrame], suites: Mapping[str, list[gxe.Expectation]], data_docs_folder: Path
) -> list[Outcome]:
    """Validate each table by its suite and build Data Docs of the results.

    Args:
        tables: Frames by name; their column `row` names their rows in messages and Data Docs.
        suites: Expectations by the same names.
        data_docs_folder: Where the Data Docs site goes; it holds run times and is no DVC output.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    run = RunIdentifier(run_name="validation", run_time=datetime.now(UTC))
    source = context.data_sources.add_pandas("fer2013")
    outcomes = []
    for name, table in tables.items():
        definition = context.validation_definitions.add(gx.ValidationDefinition(
            name=name, suite=context.suites.add(gx.ExpectationSuite(name=name, expectations=suites[name])),
            data=source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")))
        result = definition.run(batch_parameters={"dataframe": table}, result_format=_with_rows(), run_id=run)
        outcomes += [_outcome(name, single) for single in result.results]
    build_site(context, data_docs_folder)
    return outcomes


def refuse_failures(outcomes: Sequence[Outcome], data: str, repair: str, data_docs_folder: Path) -> None:
    """Raise if an expectation was not met.

    Raises:
        InputError: It names each with its table, type, meaning, count and first rows, and says `repair`.
    """
    failed = [outcome for outcome in outcomes if not outcome.success]
    if failed:
        lines = "\n".join(f"  {outcome}" for outcome in failed)
        raise InputError(f"{data} {len(failed)} expectation{'s' if len(failed) > 1 else ''}:\n{lines}\n"
                         f"See {data_docs_folder}/index.html. {repair}")


def _with_rows() -> dict[str, Any]:
    """COMPLETE, because Data Docs name rows by no other; it keeps the unexpected ones alone, a small mapping each."""
    return {"result_format": "COMPLETE", "unexpected_index_column_names": [ROW],
            "partial_unexpected_count": 20, "return_unexpected_index_query": False}


def _outcome(table: str, result: Any) -> Outcome:
    config = result.expectation_config
    return Outcome(table, config.type, config.description, bool(result.success), _observed(result), _rows(result))


def _observed(result: Any) -> str:
    details = result.result
    if "unexpected_count" in details:
        return f"{details['unexpected_count']:,} of {details['element_count']:,} otherwise"
    if "missing_count" in details and "partial_missing_list" in details:
        return "missing: " + (", ".join(map(str, details["partial_missing_list"])) or "none")
    if "observed_value" in details:
        return f"{details['observed_value']:,.6g}"
    raise RuntimeError(f"{result.expectation_config.type} could not be computed: {result.exception_info}. "
                       "Does its table have the column?")


def _rows(result: Any) -> tuple[Mapping[str, Any], ...]:
    column = result.expectation_config.kwargs.get("column")
    return tuple(_row(found, column) for found in (result.result.get("unexpected_index_list") or [])[:SHOWN_ROWS])


def _row(found: Mapping[str, Any], column: str | None) -> dict[str, Any]:
    values = {name: str(value)[:LONGEST_VALUE] for name, value in found.items() if name != ROW}
    told = [value if name == column else f"{name} {value}" for name, value in values.items()
            if value not in ("True", "False")]      # the expectation's meaning says it
    row = found[ROW]
    return {"row": row if isinstance(row, str) else int(row), "value": ", ".join(told)}
