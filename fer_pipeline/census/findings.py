"""Findings about single faces.

Evidence runs one way. Training is judged by Training, PublicTest by Training and itself, PrivateTest by all: no label
or face of a later usage changes what is known of an earlier one, so that nothing of PrivateTest reaches training.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from fer_pipeline.labels import Usage

LEFT_OUT = "left_out"     # found by nobody but whoever wrote the list: `find` has no such column
MEANINGS = {
    "constant": "one grey level",
    "near_constant": "next to no contrast",
    "non_face": "probably no face: a card, a sign or a logo",
    "not_a_face": "no face to every FER+ tagger",
    "copy_inside": "the same pixels as an earlier face of the usage",
    "near_copy_inside": "a near-copy of an earlier face of the usage",
    "copy_of_training": "the same pixels as a Training face",
    "near_copy_of_training": "a near-copy of a Training face",
    "copy_of_public_test": "the same pixels as a PublicTest face",
    "near_copy_of_public_test": "a near-copy of a PublicTest face",
    "conflicting_label": "the same pixels under another emotion, here or in an earlier usage",
    LEFT_OUT: "left out by hand (validate.left_out)",
}
COPY_OF = {Usage.TRAINING: "copy_of_training", Usage.PUBLIC_TEST: "copy_of_public_test"}


def find(
    manifests: Mapping[Usage, pd.DataFrame], pairs: pd.DataFrame, non_faces: Mapping[Usage, pd.DataFrame], *,
    near_constant_std: float, not_a_face: Mapping[Usage, Collection[int]] | None = None,
) -> dict[Usage, pd.DataFrame]:
    """Find what is odd about each face.

    Args:
        manifests: As `fer_pipeline.data.manifest.describe` builds them, by usage.
        pairs: From `fer_pipeline.census.near_copies.near_pairs`, of all usages.
        non_faces: From `fer_pipeline.census.non_faces.find_non_faces`, by usage.
        near_constant_std: Standard deviation in grey levels below which a face shows next to nothing.
        not_a_face: Rows that every FER+ tagger called no face, by usage; None where nobody was asked.

    Returns:
        By usage a frame with row and a bool column a finding, in the order of `MEANINGS`. Near-copies leave out faces
        that are exact copies there. Training has no column about other usages, PublicTest none about PrivateTest, and
        none has not_a_face where nobody was asked.
    """
    found = {}
    for place, usage in enumerate(Usage):
        earlier = list(Usage)[:place]
        columns = {
            **_alone(manifests[usage], non_faces[usage], near_constant_std),
            **({"not_a_face": manifests[usage]["row"].isin(not_a_face[usage])} if not_a_face else {}),
            **dict(_copies(usage, earlier, manifests, pairs)),
            "conflicting_label": _conflicting(manifests[usage], [manifests[other] for other in earlier]),
        }
        found[usage] = pd.DataFrame({"row": manifests[usage]["row"]} | columns)
    return found


def findings_of(frame: pd.DataFrame) -> list[str]:
    """Names of the findings that a frame of one usage has columns of."""
    return [name for name in MEANINGS if name in frame]


def _alone(manifest: pd.DataFrame, non_faces: pd.DataFrame, near_constant_std: float) -> dict[str, pd.Series]:
    constant = manifest["min"] == manifest["max"]
    return {
        "constant": constant,
        "near_constant": ~constant & (manifest["std"] < near_constant_std),
        "non_face": ~constant & manifest["row"].isin(non_faces["row"]),
    }


def _copies(
    usage: Usage, earlier: Sequence[Usage], manifests: Mapping[Usage, pd.DataFrame], pairs: pd.DataFrame
) -> Iterator[tuple[str, pd.Series]]:
    manifest = manifests[usage]
    exact = {usage: manifest["sha256"].duplicated()} | {
        other: manifest["sha256"].isin(manifests[other]["sha256"]) for other in earlier}
    for other, copy in exact.items():
        name = "copy_inside" if other == usage else COPY_OF[other]
        near = pairs[(pairs["usage"] == usage) & (pairs["other_usage"] == other) & ~pairs["exact"]]
        yield name, copy
        yield f"near_{name}", ~copy & manifest["row"].isin(near["row"])


def _conflicting(manifest: pd.DataFrame, earlier: Sequence[pd.DataFrame]) -> pd.Series:
    emotions = pd.concat([*earlier, manifest]).groupby("sha256")["emotion"].nunique()
    return manifest["sha256"].map(emotions) > 1
