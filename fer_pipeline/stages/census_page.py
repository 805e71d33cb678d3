"""Census page: pictures of each fault with its counts, as one html page, before any training."""

import json
from pathlib import Path

import pandas as pd

from fer_pipeline.data.faces import read_faces
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.census_page import CensusData, render


def census_page(
    provenance_file: Path,
    training_file: Path,
    public_test_file: Path,
    private_test_file: Path,
    census_file: Path,
    summary_file: Path,
    quarantine_file: Path,
    page_file: Path,
) -> None:
    """Write the page."""
    files = (training_file, public_test_file, private_test_file)
    page = render(CensusData(
        census=json.loads(census_file.read_text()),
        validation=json.loads(summary_file.read_text()),
        quarantine=pd.read_csv(quarantine_file, keep_default_na=False),
        provenance=json.loads(provenance_file.read_text()),
        faces={usage: read_faces(file) for usage, file in zip(Usage, files, strict=True)},
    ))
    page_file.write_text(page)
    print(f"Census: {page_file}", flush=True)
