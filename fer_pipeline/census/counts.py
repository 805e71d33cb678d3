"""The census: every count of what is wrong with the faces, of all usages together."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from fer_pipeline.census.exact_copies import count_copies, earlier_usages, find_conflicts
from fer_pipeline.census.near_copies import near_only
from fer_pipeline.labels import EMOTIONS, Usage


def census(
    manifests: Mapping[Usage, pd.DataFrame], pairs: pd.DataFrame, non_faces: Mapping[Usage, pd.DataFrame], *,
    near_constant_std: float, near_copy_correlation: float,
    not_a_face: Mapping[Usage, Collection[int]] | None = None,
) -> dict[str, Any]:
    """Count copies, near-copies, conflicting labels, blank pictures and probable non-faces.

    It looks at PrivateTest too. Write it to an output of its own, which train, balance and select never read.

    Args:
        manifests: As `fer_pipeline.data.manifest.describe` builds them, by usage, one usage at least.
        pairs: From `fer_pipeline.census.near_copies.near_pairs`, of the same usages.
        non_faces: From `fer_pipeline.census.non_faces.find_non_faces`, by usage.
        near_constant_std: Standard deviation in grey levels below which a face shows next to nothing.
        near_copy_correlation: The least correlation that `pairs` were asked for.
        not_a_face: Rows that every FER+ tagger called no face, by usage; None where nobody was asked.

    Returns:
        Plain dicts, lists, str, int, float and bool, ready for JSON; the same faces give the same. Its parts: faces,
        exact_copies, conflicting_labels, constant, near_constant, near_copies (of near pairs without an exact one,
        between usages and inside), non_faces, not_a_face (null where nobody was asked). Rows are csv rows.
    """
    usages = [usage for usage in Usage if usage in manifests]
    manifest = pd.concat([manifests[usage] for usage in usages], ignore_index=True)
    is_constant = manifest["min"] == manifest["max"]
    return {
        "faces": {str(usage): _per_emotion(manifests[usage]) for usage in usages},
        "exact_copies": count_copies(manifest),
        "conflicting_labels": find_conflicts(manifest),
        "constant": {"black": int((is_constant & (manifest["max"] == 0)).sum())} | _listed(
            manifest[is_constant], usages),
        "near_constant": _listed(manifest[~is_constant & (manifest["std"] < near_constant_std)], usages),
        "near_copies": _near_copies(usages, manifest, pairs, near_copy_correlation),
        "non_faces": _non_faces(usages, non_faces),
        "not_a_face": None if not_a_face is None else _listed(
            manifest[manifest["row"].isin([row for usage in usages for row in not_a_face[usage]])], usages),
    }


def _per_emotion(manifest: pd.DataFrame) -> dict[str, int]:
    counts = {name: int((manifest["emotion"] == index).sum()) for index, name in enumerate(EMOTIONS)}
    return {"rows": len(manifest)} | counts


def _listed(manifest: pd.DataFrame, usages: list[Usage]) -> dict[str, Any]:
    per_usage = {str(usage): int((manifest["usage"] == usage).sum()) for usage in usages}
    return {"faces": len(manifest), "per_usage": per_usage, "rows": manifest["row"].astype(int).tolist()}


def _near_copies(
    usages: list[Usage], manifest: pd.DataFrame, pairs: pd.DataFrame, correlation: float
) -> dict[str, Any]:
    emotion = manifest.set_index("row")["emotion"]
    return {"correlation": correlation, "pairs": len(pairs)} | {
        f"{usage} ~ {other}": _twins(near_only(pairs, usage, other), emotion)
        for usage, other in [*earlier_usages(usages), *((usage, usage) for usage in usages)]}


def _twins(twins: pd.DataFrame, emotion: pd.Series) -> dict[str, Any]:
    """Counts of faces with a near twin and no exact one; the twins themselves, best partner each."""
    same = emotion[twins["row"]].to_numpy() == emotion[twins["other_row"]].to_numpy()
    listed = twins.drop(columns="exact").assign(correlation=twins["correlation"].round(4), same_emotion=same)
    return {"faces": len(twins), "mirrored": int(twins["mirrored"].sum()), "same_emotion": int(same.sum()),
            "twins": listed.to_dict("records")}


def _non_faces(usages: list[Usage], non_faces: Mapping[Usage, pd.DataFrame]) -> dict[str, Any]:
    found = pd.concat([non_faces[usage].assign(usage=str(usage)) for usage in usages])
    return {"faces": len(found), "per_usage": {str(usage): len(non_faces[usage]) for usage in usages},
            "listed": found[["row", "usage", "emotion", "reason"]].to_dict("records")}
