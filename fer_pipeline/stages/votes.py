"""Votes: what FER+'s ten taggers said of each face, one table a usage; empty tables without the option."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from fer_pipeline.ferplus.local import pinned_content
from fer_pipeline.ferplus.table import parse, require_same_rows
from fer_pipeline.ferplus.votes import TAGGERS, VOTES, not_a_face
from fer_pipeline.labels import Usage
from fer_pipeline.params import FerplusParams

NO_VOTES = pd.DataFrame({"row": np.empty(0, np.int32), "usage": np.empty(0, str), "image_name": np.empty(0, str)}
                        | {name: np.empty(0, np.uint8) for name in VOTES})


def votes(
    ferplus: FerplusParams,
    raw_table_file: Path,
    provenance_file: Path,
    training_votes_file: Path,
    public_test_votes_file: Path,
    private_test_votes_file: Path,
) -> None:
    """Write row and votes of every face; join them to a manifest by `row`."""
    table = NO_VOTES
    if ferplus.sha256 is None:
        print("No FER+ votes are pinned: the tables are empty. `fer ferplus PATH` pins a fer2013new.csv.", flush=True)
    else:
        table = parse(*pinned_content(ferplus.sha256))
        require_same_rows(table, pd.read_parquet(raw_table_file), json.loads(provenance_file.read_text()))
    votes_files = (training_votes_file, public_test_votes_file, private_test_votes_file)
    for usage, file in zip(Usage, votes_files, strict=True):
        own = table[table["usage"] == str(usage)]
        own[["row", *VOTES]].to_parquet(file, index=False)
        if len(own):
            print(_in_words(usage, own), flush=True)


def _in_words(usage: Usage, own: pd.DataFrame) -> str:
    fewer = (own[list(VOTES)].sum(axis=1) < TAGGERS).sum()
    return (f"{usage}: {len(own):,} rows, {not_a_face(own).sum()} of them not a face to every tagger, "
            f"{own['image_name'].eq('').sum()} without an image name, {fewer} with fewer than {TAGGERS} votes")
