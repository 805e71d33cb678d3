"""Faces with the same pixels: how many, where, and whether their labels agree."""

from typing import Any

import pandas as pd

from fer_pipeline.labels import Usage

LISTED_GROUPS = 24


def count_copies(manifest: pd.DataFrame) -> dict[str, Any]:
    """Count exact copies.

    Args:
        manifest: Manifests of all usages, one below the other (`fer_pipeline.data.manifest.describe`).

    Returns:
        groups of equal faces, faces in them, sizes (groups by their number of faces), surplus (faces beyond the first
        of each group), surplus_inside each usage, across: faces of a usage that also stand in an earlier one, and how
        many of them carry an emotion that they carry there too, and largest: the rows of the largest groups.
    """
    copied = manifest[manifest["sha256"].duplicated(keep=False)]
    groups = copied.groupby("sha256", sort=False)["row"]
    sizes = groups.size().value_counts().sort_index()
    usages = _present(manifest)
    by_usage = {usage: manifest[manifest["usage"] == usage] for usage in usages}
    return {
        "groups": len(groups),
        "faces": len(copied),
        "sizes": {str(size): int(number) for size, number in sizes.items()},
        "surplus": len(copied) - len(groups),
        "surplus_inside": {str(usage): int(by_usage[usage]["sha256"].duplicated().sum()) for usage in usages},
        "across": {f"{usage} in {other}": _across(by_usage[usage], by_usage[other])
                   for usage, other in earlier_usages(usages)},
        "largest": sorted((sorted(map(int, rows)) for _, rows in groups), key=lambda rows: (-len(rows), rows))[
            :LISTED_GROUPS],
    }


def _across(later: pd.DataFrame, earlier: pd.DataFrame) -> dict[str, int]:
    known = set(zip(earlier["sha256"], earlier["emotion"], strict=True))
    same = [face in known for face in zip(later["sha256"], later["emotion"], strict=True)]
    return {"faces": int(later["sha256"].isin(earlier["sha256"]).sum()), "same_emotion": sum(same)}


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
