"""The real fer2013.csv: from FER_DATA (the file, or the folder that holds it) or made from ../shared/data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def csv_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = Path(os.environ.get("FER_DATA", SHARED))
    for file in (given, given / "fer2013.csv"):
        if file.is_file():
            return file
    script = given / "make_fer2013.py"
    if not script.exists():
        pytest.skip(f"no fer2013.csv in {given}; set FER_DATA")
    made = tmp_path_factory.mktemp("real") / "fer2013.csv"
    subprocess.run([sys.executable, str(script), "csv", str(made)], check=True)
    return made
