"""What a run comes from: the source, what was done to its Training faces, the revision of the code."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.recipes import Recipe


class Origin(BaseModel):
    """Of a checkout's data and code.

    Attributes:
        data_sha256: Of the source, as provenance.json has it.
        revision: Of this repository.
        training: What was done to the Training faces, from `balance` and `validate` of params.yaml; {}: not told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    training: dict[str, Any] = {}


def origin_of(checkout: Path) -> Origin:
    """Read it.

    Raises:
        InputError: The checkout has no params.yaml or no provenance.json.
    """
    params = YAML(typ="safe").load(required(checkout / "params.yaml"))
    provenance = json.loads(required(checkout / "data/raw/provenance.json").read_text())
    training = {"balance": params["balance"], "policies": params["validate"]["policies"],
                "left_out": params["validate"].get("left_out")}
    return Origin(data_sha256=provenance["sha256"], revision=_revision(checkout), training=training)


def as_learnt(training: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """What was done to Training, without soft labels of which the recipe takes no share."""
    if recipe.soft_label_share or "balance" not in training:
        return dict(training)
    return {**training, "balance": {key: value for key, value in training["balance"].items() if key != "soft_labels"}}


def required(file: Path) -> Path:
    """`file`, if it is there.

    Raises:
        InputError: It is not.
    """
    if not file.is_file():
        raise InputError(f"There is no {file}. Name a checkout in which the entry was trained and judged.")
    return file


def _revision(checkout: Path) -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
