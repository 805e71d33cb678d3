"""teacher.json: whose vote the students learn. It changes with members, votes and models, and with no figure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_pipeline.checksum import sha256_of


@dataclass(frozen=True)
class Voters:
    """Who votes.

    Attributes:
        votes: By member, how often it counts.
        model_sha256: By member, the checksum of its model file.
        sha256: Of the file that says so; names this teacher wherever something is of it.
    """

    votes: Mapping[str, int]
    model_sha256: Mapping[str, str]
    sha256: str


def write_teacher(file: Path, record: Mapping[str, Any]) -> None:
    """Write what `record`, the content of ensemble.json, says of the members and nothing else.

    An architecture that came last in another race changes ensemble.json, and no student is to be trained again for it.
    """
    told = ("architecture", "votes", "model_sha256")
    members = [{key: member[key] for key in told} for member in record["members"]]
    file.write_text(json.dumps({"members": members}, indent=2) + "\n")


def read_teacher(file: Path) -> Voters:
    """Read what `write_teacher` wrote."""
    members = json.loads(file.read_text())["members"]
    return Voters({one["architecture"]: one["votes"] for one in members},
                  {one["architecture"]: one["model_sha256"] for one in members}, sha256_of(file))
