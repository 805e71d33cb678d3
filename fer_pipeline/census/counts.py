"""The census: every count of what is wrong with the faces, of all usages together."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_pipeline.census.exact_copies import count_copies, earlier_usages, find_conflicts
from fer_pipeline.census.near_copies import near_only, near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.faces import Faces
from fer_pipeline.data.manifest import describe
from fer_pipeline.labels import EMOTIONS, Usage


def census(faces: Mapping[Usage, Faces], *, near_constant_std: float, near_copy_correlation: float) -> dict[str, Any]:
    """Count copies, near-copies, conflicting labels, blank pictures and probable non-faces.

    It looks at PrivateTest too. Write it to an output of its own, which train, balance and select never read.

    Args:
        faces: Faces by usage, one usage at least.
        near_constant_std: Standard deviation in grey levels below which a face shows next to nothing.
        near_copy_correlation: Least correlation of near-copies, in (0, 1].

    Returns:
        Plain dicts, lists, str, int, float and bool, ready for JSON; the same faces give the same. Its parts: faces,
        exact_copies, conflicting_labels, constant, near_constant, near_copies (of near pairs without an exact one,
        between usages and inside), non_faces. Rows are csv rows.
    """
    usages = [usage for usage in Usage if usage in faces]
    ordered = {usage: faces[usage] for usage in usages}
    manifest = pd.concat([describe(ordered[usage], usage) for usage in usages], ignore_index=True)
    is_constant = manifest["min"] == manifest["max"]
    return {
        "faces": {str(usage): _per_emotion(manifest[manifest["usage"] == usage]) for usage in usages},
        "exact_copies": count_copies(manifest),
        "conflicting_labels": find_conflicts(manifest),
        "constant": {"black": int((is_constant & (manifest["max"] == 0)).sum())} | _listed(
            manifest[is_constant], usages),
        "near_constant": _listed(manifest[~is_constant & (manifest["std"] < near_constant_std)], usages),
        "near_copies": _near_copies(ordered, manifest, near_copy_correlation),
        "non_faces": _non_faces(ordered),
    }


def _per_emotion(manifest: pd.DataFrame) -> dict[str, int]:
    counts = {name: int((manifest["emotion"] == index).sum()) for index, name in enumerate(EMOTIONS)}
    return {"rows": len(manifest)} | counts


def _listed(manifest: pd.DataFrame, usages: list[Usage]) -> dict[str, Any]:
    per_usage = {str(usage): int((manifest["usage"] == usage).sum()) for usage in usages}
    return {"faces": len(manifest), "per_usage": per_usage, "rows": manifest["row"].astype(int).tolist()}


def _near_copies(faces: Mapping[Usage, Faces], manifest: pd.DataFrame, correlation: float) -> dict[str, Any]:
    pairs = near_pairs(faces, threshold=correlation)
    emotion = manifest.set_index("row")["emotion"]
    usages = list(faces)
    return {"correlation": correlation, "pairs": len(pairs)} | {
        f"{usage} ~ {other}": _twins(near_only(pairs, usage, other), emotion)
        for usage, other in [*earlier_usages(usages), *((usage, usage) for usage in usages)]}


def _twins(twins: pd.DataFrame, emotion: pd.Series) -> dict[str, Any]:
    """Counts of faces with a near twin and no exact one; the twins themselves, best partner each."""
    same = emotion[twins["row"]].to_numpy() == emotion[twins["other_row"]].to_numpy()
    listed = twins.drop(columns="exact").assign(correlation=twins["correlation"].round(4), same_emotion=same)
    return {"faces": len(twins), "mirrored": int(twins["mirrored"].sum()), "same_emotion": int(same.sum()),
            "twins": listed.to_dict("records")}


def _non_faces(faces: Mapping[Usage, Faces]) -> dict[str, Any]:
    found = pd.concat([find_non_faces(faces[usage]).assign(usage=str(usage)) for usage in faces])
    return {"faces": len(found),
            "per_usage": {str(usage): int((found["usage"] == usage).sum()) for usage in faces},
            "listed": found[["row", "usage", "emotion", "reason"]].to_dict("records")}
