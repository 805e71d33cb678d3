"""Faces with the same pixels: how many, where, and whether their labels agree."""

from typing import Any

import pandas as pd

from fer_pipeline.labels import Usage


def count_copies(manifest: pd.DataFrame) -> dict[str, Any]:
    """Count exact copies.

    Args:
        manifest: Manifests of all usages, one below the other (`fer_pipeline.data.manifest.describe`).

    Returns:
        groups of equal faces, surplus (faces beyond the first of each group), surplus_inside each usage, and across:
        faces of a usage that also stand in an earlier one.
    """
    per_face = manifest["sha256"].value_counts()
    usages = _present(manifest)
    pixels = {usage: manifest.loc[manifest["usage"] == usage, "sha256"] for usage in usages}
    return {
        "groups": int((per_face > 1).sum()),
        "surplus": int((per_face - 1).sum()),
        "surplus_inside": {str(usage): int(pixels[usage].duplicated().sum()) for usage in usages},
        "across": {f"{usage} in {other}": int(pixels[usage].isin(pixels[other]).sum())
                   for usage, other in earlier_usages(usages)},
    }


def find_conflicts(manifest: pd.DataFrame) -> dict[str, Any]:
    """Find equal faces with unequal labels.

    Returns:
        groups, faces, and rows: the rows of each group, ascending, groups by their first row.
    """
    conflicting = manifest[manifest.groupby("sha256")["emotion"].transform("nunique") > 1]
    rows = sorted(sorted(map(int, group)) for _, group in conflicting.groupby("sha256")["row"])
    return {"groups": len(rows), "faces": len(conflicting), "rows": rows}


def earlier_usages(usages: list[Usage]) -> list[tuple[Usage, Usage]]:
    """Each usage with each one before it: (PublicTest, Training), (PrivateTest, Training), …"""
    return [(usage, other) for place, usage in enumerate(usages) for other in usages[:place]]


def _present(manifest: pd.DataFrame) -> list[Usage]:
    return [usage for usage in Usage if (manifest["usage"] == usage).any()]
