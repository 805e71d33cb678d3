"""A source of 42 rows and votes on them, in the order of the csv."""

from collections.abc import Callable

import pandas as pd
import pytest

from fer_pipeline.ferplus.table import COLUMNS
from fer_pipeline.ferplus.votes import VOTES
from fer_pipeline.labels import Usage

ROWS = 42
CSV = {"synthetic": False, "layout": "fer2013.csv", "split": "official", "description": "a local fer2013.csv"}


@pytest.fixture
def raw_table() -> pd.DataFrame:
    """14 rows of each usage, the usages in turn."""
    return pd.DataFrame({"row": range(ROWS), "usage": [str(usage) for usage in Usage] * 14, "path": ""})


@pytest.fixture
def votes_text() -> Callable[..., str]:
    """Makes a fer2013new.csv on that source; `votes_text({3: {"NF": 10}}, {5: "Training"})` changes rows."""

    def make(votes: dict[int, dict[str, int]] | None = None, usages: dict[int, str] | None = None) -> str:
        lines = [",".join(COLUMNS)]
        for row, usage in enumerate([*Usage] * 14):
            own = (votes or {}).get(row, {VOTES[row % 7]: 7, "unknown": 2, "fear": 1 if row % 7 != 6 else 0})
            counts = [str(own.get(name, 0)) for name in VOTES]
            name = "" if own.get("NF") == 10 else f"fer{row:07}.png"
            lines.append(",".join([(usages or {}).get(row, usage), name, *counts]))
        return "\n".join(lines) + "\n"

    return make
