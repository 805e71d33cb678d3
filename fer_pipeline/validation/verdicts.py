"""The verdict on each face by the policies of params.yaml, and the table of all that is quarantined."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from fer_pipeline.census.findings import MEANINGS, findings_of
from fer_pipeline.data.manifest import picture_path
from fer_pipeline.labels import EMOTIONS, Usage

COLUMNS = ("usage", "row", "emotion", "reason", "detail", "picture")


def verdicts(findings: pd.DataFrame, usage: Usage, policies: Mapping[str, str]) -> pd.DataFrame:
    """Add the verdict on each face and its reason.

    Args:
        findings: Frame of one usage from `fer_pipeline.census.findings.find`.
        usage: Whose faces they are. Evaluation usages keep every face, so that figures stay comparable with
            everybody's: what would be quarantined is flagged there.
        policies: keep, flag or quarantine by finding; one that is not named is flagged.

    Returns:
        `findings` with columns verdict (keep, flag, quarantine) and reason (findings, comma-separated; those with the
        policy keep are no reason).
    """
    names = [name for name in findings_of(findings) if policies.get(name) != "keep"]
    leaving = [name for name in names if policies.get(name) == "quarantine" and usage == Usage.TRAINING]
    reason = findings[names].apply(lambda face: ", ".join(name for name in names if face[name]), axis=1)
    verdict = pd.Series("keep", index=findings.index).mask(findings[names].any(axis=1), "flag")
    return findings.assign(verdict=verdict.mask(findings[leaving].any(axis=1), "quarantine"), reason=reason)


def quarantine_table(raw_table: pd.DataFrame, manifests: Mapping[Usage, pd.DataFrame],
                     judged: Mapping[Usage, pd.DataFrame], pictures_folder: Path) -> pd.DataFrame:
    """List every row that does not go on, and why.

    Args:
        raw_table: The source's rows; those with a problem could not be read as faces.
        manifests: By usage.
        judged: From `verdicts`, by usage.
        pictures_folder: Where the pictures of the faces are.

    Returns:
        A frame with usage, row, emotion (a name; the text that was read, where it could not be), reason, detail (a
        sentence) and picture (of an unreadable row its path within the source, empty in a csv), unreadable rows first,
        by row.
    """
    faces = [_left_out(manifests[usage], judged[usage], pictures_folder) for usage in Usage]
    return pd.concat([_unreadable(raw_table), *faces], ignore_index=True)


def _unreadable(raw_table: pd.DataFrame) -> pd.DataFrame:
    rows = raw_table[raw_table["problem"].notna()]
    named = rows.rename(columns={"problem": "reason", "path": "picture"})
    return named.assign(emotion=named["emotion"].map(_emotion_name))[list(COLUMNS)]


def _emotion_name(text: str) -> str:
    return EMOTIONS[int(text)] if text in map(str, range(len(EMOTIONS))) else text


def _left_out(manifest: pd.DataFrame, judged: pd.DataFrame, pictures_folder: Path) -> pd.DataFrame:
    faces = manifest.assign(reason=judged["reason"])[(judged["verdict"] == "quarantine").to_numpy()]
    detail = ["; ".join(MEANINGS[name] for name in reason.split(", ")) for reason in faces["reason"]]
    picture = [(pictures_folder / picture_path(usage, emotion, row)).as_posix()
               for usage, emotion, row in zip(faces["usage"], faces["emotion"], faces["row"], strict=True)]
    emotion = [EMOTIONS[index] for index in faces["emotion"]]
    return faces.assign(emotion=emotion, detail=detail, picture=picture)[list(COLUMNS)]
