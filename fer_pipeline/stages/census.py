"""Census: what is odd about each face, and every count of it; copies, near-copies, conflicts, blanks, non-faces."""

import json
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from fer_pipeline.census import counts
from fer_pipeline.census.findings import find, findings_of
from fer_pipeline.census.near_copies import near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.faces import read_faces
from fer_pipeline.ferplus.votes import not_a_face
from fer_pipeline.labels import Usage
from fer_pipeline.params import CensusParams


def census(
    census: CensusParams,
    training_file: Path,
    public_test_file: Path,
    private_test_file: Path,
    manifests_folder: Path,
    votes_folder: Path,
    training_findings_file: Path,
    public_test_findings_file: Path,
    private_test_findings_file: Path,
    census_file: Path,
) -> None:
    """Write findings, one file a usage, and the counts of all usages together."""
    files = (training_file, public_test_file, private_test_file)
    faces = {usage: read_faces(file) for usage, file in zip(Usage, files, strict=True)}
    manifests = {usage: pd.read_parquet(manifests_folder / f"{usage}.parquet") for usage in Usage}
    with threadpool_limits(1):      # a slot is one core; BLAS would take all
        pairs = near_pairs(faces, threshold=census.near_copy_correlation)
    non_faces = {usage: find_non_faces(faces[usage]) for usage in Usage}
    voted = _not_a_face(votes_folder)
    found = find(manifests, pairs, non_faces, near_constant_std=census.near_constant_std, not_a_face=voted)
    findings_files = (training_findings_file, public_test_findings_file, private_test_findings_file)
    for usage, file in zip(Usage, findings_files, strict=True):
        found[usage].to_parquet(file, index=False)
    counted = counts.census(manifests, pairs, non_faces, near_constant_std=census.near_constant_std,
                            near_copy_correlation=census.near_copy_correlation, not_a_face=voted)
    census_file.write_text(json.dumps(counted, indent=1) + "\n")
    for usage in Usage:
        print(f"{usage}: {_in_words(found[usage])}", flush=True)


def _not_a_face(votes_folder: Path) -> dict[Usage, list[int]] | None:
    votes = {usage: pd.read_parquet(votes_folder / f"{usage}.parquet") for usage in Usage}
    if all(table.empty for table in votes.values()):
        return None
    return {usage: table.loc[not_a_face(table), "row"].tolist() for usage, table in votes.items()}


def _in_words(found: pd.DataFrame) -> str:
    numbers = {name: int(found[name].sum()) for name in findings_of(found)}
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in numbers.items() if number) or "nothing"
