"""What is to be trained, in which order, under which names."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe


class PlannedRun(BaseModel):
    """One training.

    Attributes:
        entry: As params.yaml has it.
        seed: Of weights, order and augmentation.
        note: What is expected of it; what came is added afterwards.
        against: The run of which it changes a thing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: Recipe
    seed: int = Field(ge=0)
    note: str = ""
    against: str | None = None


class Plan(BaseModel):
    """A YAML file of these.

    Attributes:
        runs: By name, the most valuable first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compute: ComputeParams
    runs: dict[str, PlannedRun] = Field(min_length=1)


def read_plan(file: Path) -> Plan:
    """Read it.

    Raises:
        InputError: The file is missing or wrong.
    """
    if not file.is_file():
        raise InputError(f"There is no plan {file}. Write one as docs/results.md shows.")
    content: Any = YAML(typ="safe").load(file)
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        told = "\n".join(f"  {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InputError(f"{file} is no plan:\n{told}\nCorrect it as docs/results.md shows.") from None
