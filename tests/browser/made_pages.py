"""The pages that a person opens: those of the reports, and Data Docs of a table with a fault."""

from pathlib import Path

import pandas as pd
from great_expectations import expectations as gxe

from fer_pipeline.validation.checks import check
from tests.reporting.made_pages import census, index, report


def data_docs(folder: Path) -> Path:
    """The index of Data Docs of a table that breaks an expectation."""
    table = pd.DataFrame({"row": range(7), "usage": ["Training"] * 6 + ["Test"]})
    suite = [gxe.ExpectColumnValuesToBeUnique(column="row", description="rows are numbered once"),
             gxe.ExpectColumnValuesToBeInSet(column="usage", value_set=["Training"], description="of Training")]
    check({"some rows": table}, {"some rows": suite}, folder / "some_rows")
    return folder / "some_rows" / "index.html"


def data_docs_validation(folder: Path) -> Path:
    """The page of Data Docs that says what became of each expectation."""
    return next(data_docs(folder).parent.glob("validations/**/*.html"))


PAGES = {made.__name__: made for made in (report, index, census, data_docs, data_docs_validation)}
