"""What the drift gates look at, from the files that the data stages left at a revision."""

import io
import json

import pandas as pd

from fer_pipeline.comparing.files import RevisionFiles
from fer_pipeline.drift.gates import LOOKED_INTO, DataFacts, UsageFacts
from fer_pipeline.labels import Usage

SUMMARY = "artifacts/validation/summary.json"
PREPARED = "data/prepared"
COPIES = ("copy_inside", "copy_of_training")


def read_facts(files: RevisionFiles) -> DataFacts:
    """Read them.

    Raises:
        InputError: A file cannot be had.
    """
    summary = json.loads(files.read(SUMMARY))
    return DataFacts(
        faces={usage: sum(summary["faces"][usage].values()) for usage in Usage},
        usages={usage: _usage(files, usage) for usage in LOOKED_INTO},
        unreadable=sum(summary["quarantined_rows"].values()) / max(summary["rows"], 1))


def _usage(files: RevisionFiles, usage: Usage) -> UsageFacts:
    manifest, found = (pd.read_parquet(io.BytesIO(files.read(f"{PREPARED}/{folder}/{usage}.parquet")))
                       for folder in ("manifests", "findings"))
    copies = found[[name for name in COPIES if name in found]].any(axis=1)
    return UsageFacts(manifest["emotion"].to_numpy(), manifest["mean"].to_numpy(), manifest["std"].to_numpy(),
                      float(copies.mean()))
