"""Findings about single faces, and the verdict on each: keep, flag or quarantine.

Evidence runs one way. Training is judged by Training, PublicTest by Training and itself, PrivateTest by all: no label
or face of a later usage changes what is known of an earlier one, so that nothing of PrivateTest reaches training.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from fer_pipeline.labels import Usage

FINDINGS = {
    Usage.TRAINING: ("constant", "near_constant", "copy_inside", "conflicting_label"),
    Usage.PUBLIC_TEST: ("constant", "near_constant", "copy_inside", "copy_of_training", "conflicting_label"),
    Usage.PRIVATE_TEST: ("constant", "near_constant", "copy_inside", "copy_of_training", "copy_of_public_test",
                         "conflicting_label"),
}


def find(manifests: Mapping[Usage, pd.DataFrame], *, near_constant_std: float) -> dict[Usage, pd.DataFrame]:
    """Find what is odd about each face.

    Args:
        manifests: As `fer_pipeline.data.manifest.describe` builds them, by usage.
        near_constant_std: Standard deviation in grey levels below which a face shows next to nothing.

    Returns:
        By usage a frame with row and a bool column a finding: constant (one grey level), near_constant, copy_inside (an
        earlier row of the usage has the same pixels), copy_of_training, copy_of_public_test, and conflicting_label (the
        same pixels carry another emotion here or in an earlier usage).
    """
    found = {}
    earlier: list[pd.DataFrame] = []
    for usage in Usage:
        manifest = manifests[usage]
        known = pd.concat([*earlier, manifest])
        constant = manifest["min"] == manifest["max"]
        columns = {
            "constant": constant,
            "near_constant": ~constant & (manifest["std"] < near_constant_std),
            "copy_inside": manifest["sha256"].duplicated(),
            "conflicting_label": _conflicting(manifest, known),
        }
        for other in earlier:
            columns[_copy_of(other)] = manifest["sha256"].isin(other["sha256"])
        found[usage] = pd.DataFrame({"row": manifest["row"], **{name: columns[name] for name in FINDINGS[usage]}})
        earlier.append(manifest)
    return found


def _conflicting(manifest: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    emotions = known.groupby("sha256")["emotion"].nunique()
    return manifest["sha256"].map(emotions) > 1


def _copy_of(manifest: pd.DataFrame) -> str:
    return {Usage.TRAINING: "copy_of_training", Usage.PUBLIC_TEST: "copy_of_public_test"}[manifest["usage"].iloc[0]]


def verdicts(findings: pd.DataFrame, usage: Usage, *, quarantine: Collection[str]) -> pd.DataFrame:
    """Add the verdict on each face and its reason.

    Args:
        findings: Frame of one usage from `find`.
        quarantine: Findings that take a face out of Training. Evaluation usages keep every face, so that figures stay
            comparable with everybody's; their findings are flags.

    Returns:
        `findings` with columns verdict (keep, flag, quarantine) and reason (findings, comma-separated).
    """
    names = list(FINDINGS[usage])
    flagged = findings[names].any(axis=1)
    refused = findings[[name for name in names if name in quarantine]].any(axis=1) & (usage == Usage.TRAINING)
    reason = findings[names].apply(lambda face: ", ".join(name for name in names if face[name]), axis=1)
    verdict = pd.Series("keep", index=findings.index).mask(flagged, "flag").mask(refused, "quarantine")
    return findings.assign(verdict=verdict, reason=reason)
