"""The census page: what is wrong with the faces, how it was found, and pictures of each fault."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_pipeline.census.findings import MEANINGS
from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import EMOTIONS, Usage
from fer_pipeline.reporting.census_sheets import Album, PictureSheet
from fer_pipeline.reporting.page import environment, style

MOST_PICTURES = 96      # of a fault
TWINS_A_PAIR = 8        # of two usages, evenly from the nearest to the farthest
ROWS_LISTED = 100


@dataclass(frozen=True)
class CensusData:
    """Everything the page shows.

    Attributes:
        census: Content of census.json.
        validation: Content of the validation summary.
        quarantine: The table of what does not go on.
        provenance: Content of provenance.json.
        faces: By usage.
    """

    census: Mapping[str, Any]
    validation: Mapping[str, Any]
    quarantine: pd.DataFrame
    provenance: Mapping[str, Any]
    faces: Mapping[Usage, Faces]


def render(data: CensusData) -> str:
    """The page as one html text that needs no script, no network and no other file; equal data give equal bytes."""
    return environment().get_template("census.html.j2").render(
        data=data, census=data.census, sheets=_sheets(data), style=style(), usages=list(Usage),
        emotions=EMOTIONS, meanings=MEANINGS, near=dict(_near(data.census)), rows_listed=ROWS_LISTED,
        unreadable=data.quarantine[~data.quarantine["reason"].isin(_reasons(data))],
        left_out=data.quarantine[data.quarantine["reason"].isin(_reasons(data))])


def _reasons(data: CensusData) -> set[str]:
    """Reasons of faces that could be read: findings, one or several."""
    return {reason for reason in data.quarantine["reason"] if set(reason.split(", ")) <= set(MEANINGS)}


def _near(census: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((name, part) for name, part in census["near_copies"].items() if isinstance(part, Mapping))


def _sheets(data: CensusData) -> dict[str, PictureSheet]:
    album, census = Album(data.faces), data.census
    non_faces = census["non_faces"]["listed"][:MOST_PICTURES]
    not_a_face = (census["not_a_face"] or {"rows": []})["rows"][:2 * MOST_PICTURES]
    return {
        "blank": album.singles([*census["constant"]["rows"], *census["near_constant"]["rows"]][:MOST_PICTURES]),
        "copies": album.groups(census["exact_copies"]["largest"]),
        "conflicts": album.groups(census["conflicting_labels"]["rows"][:MOST_PICTURES]),
        "not_a_face": album.singles(not_a_face),
        "near": album.twins(_shown(census)),
        "non_faces": album.singles([one["row"] for one in non_faces],
                                   [one["reason"].replace("_", " ") for one in non_faces]),
    }


def _shown(census: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Twins across usages: evenly from the nearest to the farthest of each two usages, then the mirrored ones."""
    chosen = []
    for name, part in _near(census):
        usage, other = name.split(" ~ ")
        if usage != other:
            chosen += _evenly(sorted(part["twins"], key=lambda twin: (-twin["correlation"], twin["row"])), TWINS_A_PAIR)
    mirrored = [twin for _, part in _near(census) for twin in part["twins"] if twin["mirrored"]]
    return _once([*chosen, *mirrored])[:len(chosen) + TWINS_A_PAIR]


def _once(twins: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each two faces once: inside a usage both name the other."""
    return list({frozenset((twin["row"], twin["other_row"])): twin for twin in reversed(twins)}.values())[::-1]


def _evenly(twins: Sequence[Mapping[str, Any]], wanted: int) -> list[Mapping[str, Any]]:
    if len(twins) <= wanted:
        return list(twins)
    return [twins[round(number * (len(twins) - 1) / (wanted - 1))] for number in range(wanted)]
